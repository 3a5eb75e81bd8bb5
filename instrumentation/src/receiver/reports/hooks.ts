import type { Adapted, CompactionTrigger } from './observation.ts';
import { PayloadReader } from './payload-reader.ts';

const knownEvents = new Set([
  'ConfigChange',
  'CwdChanged',
  'Elicitation',
  'ElicitationResult',
  'FileChanged',
  'InstructionsLoaded',
  'Notification',
  'PermissionDenied',
  'PermissionRequest',
  'PostCompact',
  'PostToolBatch',
  'PostToolUse',
  'PostToolUseFailure',
  // A compaction that is about to happen can still be refused; PostCompact tells of the ones that happened.
  'PreCompact',
  'PreToolUse',
  'SessionEnd',
  'SessionStart',
  'Stop',
  'StopFailure',
  'SubagentStart',
  'SubagentStop',
  'TaskCompleted',
  'TaskCreated',
  'TeammateIdle',
  'UserPromptExpansion',
  'UserPromptSubmit',
  'WorktreeCreate',
  'WorktreeRemove',
]);

/**
 * Reads what Claude Code posts to an HTTP hook. Hooks carry no token figures: they say that a session lives, that it
 * was compacted and that it ended. Prompts, summaries and tool inputs and outputs are not looked at.
 *
 * Source: https://code.claude.com/docs/en/hooks
 */
export function readHook(payload: unknown): Adapted {
  const reader = new PayloadReader('hook');
  const fields = reader.payload(payload);
  const sessionId = fields && reader.sessionId(fields['session_id']);
  if (fields === undefined || sessionId === undefined) return reader.adapted();
  const event = fields['hook_event_name'];
  if (typeof event !== 'string' || !knownEvents.has(event)) {
    reader.ignore('unknown_event');
    return reader.adapted();
  }
  // Inside a subagent only the session's being alive is told: its own compaction or end is not the session's.
  const inSubagent = fields['agent_id'] !== undefined && fields['agent_id'] !== null;
  if (inSubagent) return reader.adapted([{ sessionId, source: 'hook' }]);
  return reader.adapted([
    {
      sessionId,
      source: 'hook',
      project: reader.folderName(fields['cwd']),
      compaction: event === 'PostCompact' ? { trigger: triggerOf(fields['trigger']) } : undefined,
      ended: event === 'SessionEnd' ? true : undefined,
    },
  ]);
}

/** A compaction's trigger out of an untrusted value. */
export function triggerOf(value: unknown): CompactionTrigger {
  return value === 'auto' || value === 'manual' ? value : 'unknown';
}
