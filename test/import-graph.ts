import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseAst } from 'vitest/node';

/** One file that imports another; both paths start at the root of the repository. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** The file behind each name that is not a path, such as `#metrics`. */
export type Aliases = Readonly<Record<string, string>>;

/** Every import between files of the repository, type imports and dynamic imports included, tests excluded. */
export function importsIn(root: string): Import[] {
  const files = globSync('{instrumentation/src,dashboards,alerts,compose,scripts}/**/*.{ts,cjs}', {
    cwd: root,
  }).filter((file) => !file.endsWith('.test.ts'));
  const known = new Set(files);
  const aliases = aliasesIn(root);
  return files.flatMap((from) =>
    specifiersIn(readFileSync(join(root, from), 'utf8'))
      .map((specifier) => importedFile(from, specifier, aliases))
      .filter((to) => to !== undefined)
      // Data, such as package.json, imports nothing.
      .filter((to) => !to.endsWith('.json'))
      .map((to) => {
        if (!known.has(to)) throw new Error(`${from} imports ${to}, which is not a file of the repository`);
        return { from, to };
      }),
  );
}

/** What a file of TypeScript or CommonJS imports, as written. A name that is computed is not seen. */
export function specifiersIn(source: string): string[] {
  return specifiersBelow(parseAst(source, { lang: 'ts' }));
}

/** The imported file; `undefined` for packages and for Node's own modules. */
export function importedFile(from: string, specifier: string, aliases: Aliases): string | undefined {
  if (specifier.startsWith('.')) return normalize(join(dirname(from), specifier));
  return aliases[specifier];
}

function aliasesIn(root: string): Aliases {
  const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));
  const { imports } = read('package.json') as { imports: Record<string, string> };
  const { name, exports } = read('instrumentation/package.json') as {
    name: string;
    exports: Record<string, string | Record<string, string>>;
  };
  const published = Object.entries(exports).flatMap(([path, target]) =>
    typeof target === 'string' ? [] : [[join(name, path), target[`@${name}/source`]!] as const],
  );
  return {
    ...Object.fromEntries(Object.entries(imports).map(([alias, path]) => [alias, normalize(path)])),
    ...Object.fromEntries(published.map(([alias, path]) => [alias, join('instrumentation', path)])),
  };
}

/** A node of the syntax tree, with the fields in which the kinds of import keep the imported name. */
interface Node {
  readonly type: string;
  readonly source?: { readonly value: unknown } | null;
  readonly expression?: { readonly value: unknown };
  readonly callee?: { readonly name?: string };
  readonly arguments?: readonly { readonly value?: unknown }[];
}

function specifiersBelow(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(specifiersBelow);
  if (typeof value !== 'object' || value === null) return [];
  const specifier = 'type' in value ? specifierOf(value as Node) : undefined;
  const below = Object.values(value).flatMap(specifiersBelow);
  return typeof specifier === 'string' ? [specifier, ...below] : below;
}

function specifierOf({ type, source, expression, callee, arguments: values }: Node): unknown {
  if (type === 'TSExternalModuleReference') return expression?.value;
  if (type === 'CallExpression' && callee?.name === 'require') return values?.[0]?.value;
  return source?.value;
}

/**
 * One circle of imports for each folder that has any, as text; empty when there is none.
 *
 * Looks at one folder at a time. What is directly in it counts as one unit: a file as itself, a folder with everything
 * below it. The imports between these units must all lead one way. So two files in a circle are found, and two folders, and
 * a folder with a file beside it. A folder and its parent are not units of one folder: `receiver.ts` may import `http/`,
 * and `http/` may import `request-problem.ts`, as long as `request-problem.ts` does not lead back to `http/`.
 */
export function circlesIn(imports: readonly Import[]): string[] {
  return Object.entries(Object.groupBy(imports.map(unitsOf), ({ folder }) => folder)).flatMap(
    ([folder, edges = []]) => {
      const circle = circleIn(edges);
      return circle ? [`${folder || '.'}: ${circle.map(textOf).join(', ')}`] : [];
    },
  );
}

/** An import as seen from the deepest folder that holds both files. */
interface Edge extends Import {
  readonly folder: string;
  readonly fromUnit: string;
  readonly toUnit: string;
}

function unitsOf({ from, to }: Import): Edge {
  const [fromParts, toParts] = [from.split('/'), to.split('/')];
  const depth = fromParts.findIndex((part, index) => part !== toParts[index]);
  // Only a file that imports itself has no part that differs.
  const at = depth === -1 ? fromParts.length - 1 : depth;
  const folder = fromParts.slice(0, at).join('/');
  return { from, to, folder, fromUnit: fromParts[at]!, toUnit: toParts[at]! };
}

/** A shortest circle, so that the message names no import that has nothing to do with it. */
function circleIn(edges: readonly Edge[]): readonly Edge[] | undefined {
  const byUnit = Map.groupBy(edges, ({ fromUnit }) => fromUnit);
  return [...byUnit.keys()]
    .map((start) => wayBack(start, byUnit))
    .filter((circle) => circle !== undefined)
    .toSorted((a, b) => a.length - b.length)[0];
}

function wayBack(start: string, byUnit: ReadonlyMap<string, readonly Edge[]>): readonly Edge[] | undefined {
  const seen = new Set<string>();
  let ways: (readonly Edge[])[] = [[]];
  while (ways.length > 0) {
    const longer = ways.flatMap((way) =>
      (byUnit.get(way.at(-1)?.toUnit ?? start) ?? []).map((edge) => [...way, edge]),
    );
    const circle = longer.find((way) => way.at(-1)!.toUnit === start);
    if (circle) return circle;
    ways = longer.filter((way) => !seen.has(way.at(-1)!.toUnit) && seen.add(way.at(-1)!.toUnit));
  }
  return undefined;
}

function textOf({ folder, from, to }: Edge): string {
  const start = folder === '' ? 0 : folder.length + 1;
  return `${from.slice(start)} → ${to.slice(start)}`;
}
