import type { Adapted, CompactionTrigger, SessionObservation } from './observation.ts';
import { PayloadReader, type UntrustedObject } from './payload-reader.ts';

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
  'PostModelSwitch',
  // A hook can still refuse a compaction here; PostCompact reports those that happened.
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
 * Reads the payload that Claude Code posts to a hook. Hooks have no exact figures: they show that a session is alive, was
 * compacted or ended. `context_tokens` of a session that is resumed, forked or switched to another model includes output,
 * so it counts only until an exact figure is known. Prompts, summaries, tool inputs and tool outputs are not read.
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
  // A subagent shows that the session is alive, but its own compaction or end is not the session's.
  const inSubagent = fields['agent_id'] !== undefined && fields['agent_id'] !== null;
  if (inSubagent) return reader.adapted([{ sessionId, source: 'hook' }]);
  return reader.adapted([
    {
      sessionId,
      source: 'hook',
      project: reader.folderName(fields['cwd']),
      compaction: event === 'PostCompact' ? { trigger: triggerOf(fields['trigger']) } : undefined,
      ended: event === 'SessionEnd' ? true : undefined,
      resumed: event === 'SessionStart' && fields['source'] === 'resume' ? true : undefined,
      ...inheritedContext(event, fields, reader),
    },
  ]);
}

function inheritedContext(
  event: string,
  fields: UntrustedObject,
  reader: PayloadReader,
): Partial<SessionObservation> {
  const isSwitch = event === 'PostModelSwitch';
  const isContinued =
    event === 'SessionStart' && (fields['source'] === 'resume' || fields['source'] === 'fork');
  if (!isSwitch && !isContinued) return {};
  return {
    tokensUsed: reader.tokens(fields['context_tokens']) || undefined,
    isInherited: true,
    model: isSwitch ? reader.model(fields['to_model']) : undefined,
  };
}

/** The trigger of a compaction, from an untrusted value. */
export function triggerOf(value: unknown): CompactionTrigger {
  return value === 'auto' || value === 'manual' ? value : 'unknown';
}
