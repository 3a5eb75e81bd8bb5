import type { Adapted, CompactionReport, CompactionTrigger, SessionObservation } from './observation.ts';
import { PayloadReader, type UntrustedObject } from './payload-reader.ts';

/** What a hook event says beyond "this session lives". */
const eventReadings: Readonly<Record<string, (fields: UntrustedObject) => Partial<SessionObservation>>> = {
  SessionStart: () => ({}),
  SessionEnd: () => ({ ended: true }),
  UserPromptSubmit: () => ({}),
  UserPromptExpansion: () => ({}),
  PreToolUse: () => ({}),
  PermissionRequest: () => ({}),
  PermissionDenied: () => ({}),
  PostToolUse: () => ({}),
  PostToolUseFailure: () => ({}),
  PostToolBatch: () => ({}),
  Notification: () => ({}),
  SubagentStart: () => ({}),
  SubagentStop: () => ({}),
  TaskCreated: () => ({}),
  TaskCompleted: () => ({}),
  TeammateIdle: () => ({}),
  InstructionsLoaded: () => ({}),
  ConfigChange: () => ({}),
  CwdChanged: () => ({}),
  FileChanged: () => ({}),
  WorktreeCreate: () => ({}),
  WorktreeRemove: () => ({}),
  Elicitation: () => ({}),
  ElicitationResult: () => ({}),
  Stop: () => ({}),
  StopFailure: () => ({}),
  // A compaction that is about to happen can still be refused; PostCompact tells of the ones that happened.
  PreCompact: () => ({}),
  PostCompact: (fields) => ({ compaction: compactionOf(fields) }),
};

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
  if (typeof event !== 'string' || !Object.hasOwn(eventReadings, event)) {
    reader.ignore('unknown_event');
    return reader.adapted();
  }
  // Inside a subagent only the session's being alive is told: its own compaction or end is not the session's.
  const inSubagent = fields['agent_id'] !== undefined && fields['agent_id'] !== null;
  const reading = inSubagent ? {} : eventReadings[event]?.(fields);
  const project = inSubagent ? undefined : reader.folderName(fields['cwd']);
  return reader.adapted([{ sessionId, source: 'hook', project, ...reading }]);
}

function compactionOf(fields: UntrustedObject): CompactionReport {
  return { trigger: triggerOf(fields['trigger']) };
}

/** A compaction's trigger out of an untrusted value. */
export function triggerOf(value: unknown): CompactionTrigger {
  return value === 'auto' || value === 'manual' ? value : 'unknown';
}
