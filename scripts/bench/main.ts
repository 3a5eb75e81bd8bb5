import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { exitCodes, messageOf, UsageError } from '../../compose/system/stack-error.ts';
import type { Surface } from '../reach/surface.ts';
import { measureAlerts } from './alert-group.ts';
import { measureDashboards } from './dashboard-group.ts';
import { measureLoops } from './loop-group.ts';
import { measureMemories } from './memory-group.ts';
import { measureMonitor } from './monitor-group.ts';
import { measurePage } from './page-group.ts';
import { measurePrompts } from './prompt-group.ts';
import { measureReceiver } from './receiver-group.ts';
import { measureRequests } from './request-group.ts';
import { measureRules } from './rules-group.ts';
import { measureStack } from './stack-group.ts';
import { measureStalls } from './stall-group.ts';
import { formatTable, type Table } from './table.ts';
import { measureVisibility } from './visible-group.ts';

const groups: Readonly<Record<string, (quick: boolean) => Promise<Table[]>>> = {
  registry: measureLoops,
  memory: measureMemories,
  stall: measureStalls,
  visible: measureVisibility,
  stack: measureStack,
  request: measureRequests,
  alerts: measureAlerts,
  rules: measureRules,
  monitor: measureMonitor,
  receiver: measureReceiver,
  dashboards: measureDashboards,
  page: measurePage,
  prompts: measurePrompts,
};

const names = Object.keys(groups).join(', ');
const usage = `Usage: ctxd bench [options], or npm run bench [-- options]

Measures cost, memory, stalls and latency, side by side with the alternatives.

  --only <group>  Runs this group of measurements only; can be repeated. Groups:
                  ${names}.
  --quick         Fewer and smaller measurements.
  --json <file>   Also writes the results to a file.
  -h, --help      Prints this help.`;
const options = {
  only: { type: 'string', multiple: true, default: Object.keys(groups) },
  quick: { type: 'boolean', default: false },
  json: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Runs `ctxd bench` and returns its exit status. */
export async function benchCommand(
  args: readonly string[],
  { print }: Pick<Surface, 'print'>,
): Promise<number> {
  const values = parse(args);
  if (values.help) {
    print(usage);
    return exitCodes.ok;
  }
  const unknown = values.only.find((name) => !Object.hasOwn(groups, name));
  if (unknown !== undefined)
    throw new UsageError(`Expected --only to be one of ${names}, got \`${unknown}\``);
  await run(values);
  return exitCodes.ok;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(`${messageOf(error)}\n${usage}`);
  }
}

async function run(values: { only: string[]; quick: boolean; json?: string | undefined }): Promise<void> {
  console.log(machine());
  const tables: Table[] = [];
  for (const name of values.only) {
    for (const table of await groups[name]!(values.quick)) {
      console.log(`\n${formatTable(table)}`);
      tables.push(table);
    }
  }
  if (values.json === undefined) return;
  await writeFile(values.json, `${JSON.stringify({ machine: machine(), tables }, null, 2)}\n`);
  console.log(`\nWritten to ${values.json}`);
}

function machine(): string {
  const load = loadavg()[0]!.toFixed(1);
  return `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), load ${load}, Node ${process.version}, ${process.platform} ${process.arch}`;
}
