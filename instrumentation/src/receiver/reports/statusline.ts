import { occupancyOf } from './occupancy.ts';
import type { Adapted, RateLimit, SessionObservation } from './observation.ts';
import { PayloadReader, type UntrustedObject } from './payload-reader.ts';

const knownFields = new Set([
  'agent',
  'context_window',
  'cost',
  'cwd',
  'effort',
  'exceeds_200k_tokens',
  'fast_mode',
  'hook_event_name',
  'model',
  'output_style',
  'permission_mode',
  'pr',
  'prompt_cache',
  'prompt_id',
  'rate_limits',
  'remote',
  'session_id',
  'session_name',
  'thinking',
  'transcript_path',
  'version',
  'vim',
  'workspace',
  'worktree',
]);

/**
 * Reads the JSON that Claude Code gives to the user's status line command.
 *
 * The occupancy comes from `context_window.current_usage`, because `used_percentage` is rounded to a whole percent. Before
 * the first request and right after /compact, `current_usage` is null or all zeros, and the occupancy is unknown.
 *
 * Source: https://code.claude.com/docs/en/statusline
 */
export function readStatusline(payload: unknown): Adapted {
  const reader = new PayloadReader('statusline');
  const fields = reader.payload(payload);
  const sessionId = fields && reader.sessionId(fields['session_id']);
  if (fields === undefined || sessionId === undefined) return reader.adapted();
  if (fields['tasks'] !== undefined) return reader.adapted(subagentsOf(sessionId, fields['tasks'], reader));
  if (Object.keys(fields).some((name) => !knownFields.has(name))) reader.ignore('unknown_field');
  const window = reader.object(fields['context_window']);
  const name = reader.text(fields['session_name']);
  const usd = reader.amount(reader.object(fields['cost'])['total_cost_usd'], 1_000_000);
  return reader.adapted([
    {
      sessionId,
      source: 'statusline',
      tokensUsed: occupancyOf(window['current_usage'], reader),
      windowTokens: reader.tokens(window['context_window_size'], 1),
      model: reader.model(reader.object(fields['model'])['id']),
      sessionName: name === undefined ? undefined : { text: name, generated: false },
      project: projectOf(fields, reader),
      cost: usd === undefined ? undefined : { of: 'session', usd },
      rateLimits: rateLimitsOf(fields['rate_limits'], reader),
    },
  ]);
}

/**
 * The rows of the `subagentStatusLine` command, which gets all visible subagents at once. Events name a subagent by its type
 * (`agentType`), too.
 */
function subagentsOf(sessionId: string, tasks: unknown, reader: PayloadReader): SessionObservation[] {
  return reader.list(tasks).flatMap((task): SessionObservation[] => {
    const fields = reader.object(task);
    const name = reader.text(fields['name'] ?? fields['agentType'] ?? fields['type'] ?? fields['id']);
    const tokensUsed = reader.tokens(fields['tokenCount']);
    const windowTokens = reader.tokens(fields['contextWindowSize'], 1);
    if (name === undefined || !tokensUsed) return [];
    return [{ sessionId, source: 'statusline', subagent: { name, tokensUsed, windowTokens } }];
  });
}

/** A session in a worktree belongs to the project from which it was started. */
function projectOf(fields: UntrustedObject, reader: PayloadReader): string | undefined {
  const workspace = reader.object(fields['workspace']);
  return (
    reader.text(reader.object(workspace['repo'])['name']) ??
    reader.folderName(reader.object(fields['worktree'])['original_cwd']) ??
    reader.folderName(workspace['project_dir']) ??
    reader.folderName(fields['cwd'])
  );
}

function rateLimitsOf(value: unknown, reader: PayloadReader): RateLimit[] | undefined {
  const limits = reader.object(value);
  const windows = ['five_hour', 'seven_day'] as const;
  const read = windows.flatMap((window): RateLimit[] => {
    const limit = reader.object(limits[window]);
    const usedPercent = reader.amount(limit['used_percentage'], 1_000);
    if (usedPercent === undefined) return [];
    const resetsAtSeconds = reader.amount(limit['resets_at'], 1e11);
    return [{ window, usedPercent, resetsAtMillis: resetsAtSeconds && resetsAtSeconds * 1_000 }];
  });
  return read.length === 0 ? undefined : read;
}
