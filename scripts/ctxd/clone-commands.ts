import type { Command } from './command.ts';

/** The commands that need the sources, which the package does not have. */
export const cloneCommands: Readonly<Record<string, Command>> = {
  generate: {
    heading: 'Other:',
    meaning: 'Writes the generated files of this repository',
    readsSettings: false,
    load: async () => (await import('../generate/main.ts')).generateCommand,
  },
  bench: {
    heading: 'Other:',
    meaning: 'Measures cost, memory, stalls and latency',
    readsSettings: false,
    load: async () => {
      await loadPackageFromSource();
      return (await import('../bench/main.ts')).benchCommand;
    },
  },
};

/** Makes imports of `koa-context-window` load its source, since a clone has no build of it. */
export async function loadPackageFromSource(): Promise<void> {
  const { registerHooks } = await import('node:module');
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, '@koa-context-window/source'] }),
  });
}
