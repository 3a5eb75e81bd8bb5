/** The scripts of package.json that run a command of ctxd: name of the script → words of the command. */
export type CommandWords = ReadonlyMap<string, string>;

const entry = 'node scripts/ctxd.cjs';

/** Commands that only a clone has. */
const cloneOnly = new Set(['generate', 'bench']);

/** The words of each script that runs a command of ctxd. */
export function commandWords(scripts: Readonly<Record<string, string>>): CommandWords {
  return new Map(
    Object.entries(scripts)
      .filter(([name, script]) => script.startsWith(entry) && !cloneOnly.has(name))
      .map(([name, script]) => [name, script.slice(entry.length).trim()]),
  );
}

/**
 * A text with the commands that somebody without a clone types: `npx ctxd restart receiver` in place of
 * `npm run stack:restart -- receiver`.
 *
 * @param words - of the scripts; those of other scripts stay as they are
 */
export function packageWording(text: string, words: CommandWords): string {
  return (
    text
      .replaceAll(/npm run stack:(\$\{[^}]+\})( --(?= ))?/g, 'npx ctxd $1')
      .replaceAll(/npm run ([\w:-]*\w)( --(?= ))?/g, (whole, name: string) => {
        const command = words.get(name);
        return command === undefined ? whole : `npx ctxd ${command}`.trimEnd();
      })
      // In a usage: `[-- OPTIONS]`.
      .replaceAll(/(npx ctxd[^\n`]*?)\[-- /g, '$1[')
  );
}
