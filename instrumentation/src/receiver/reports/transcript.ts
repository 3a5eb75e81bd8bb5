import { triggerOf } from './hooks.ts';
import { occupancyOf } from './occupancy.ts';
import type { Adapted, SessionObservation } from './observation.ts';
import { PayloadReader, type UntrustedObject } from './payload-reader.ts';

/** Line types that say nothing about the size of the context; the rest of what is in them is not looked at. */
const otherTypes = new Set([
  'attachment',
  'file-history-snapshot',
  'last-prompt',
  'permission-mode',
  'pr-link',
  'progress',
  'queue-operation',
  'summary',
  'system',
  'user',
]);

/**
 * Reads one line of a transcript (`~/.claude/projects/<slug>/<session>.jsonl`). The format is internal to Claude Code
 * and changes without notice: what is not understood is left out and noted.
 *
 * A `summary` line is the user's own words and not taken for a name; `custom-title` and `ai-title` are names.
 *
 * @param line without its line break
 * @param fileSessionId the session that the file is named after, for lines that name none
 */
export function readTranscriptLine(line: string, fileSessionId?: string): Adapted {
  const reader = new PayloadReader('transcript');
  const fields = parse(line, reader);
  if (fields === undefined || fields['isSidechain'] === true) return reader.adapted();
  const reading = readingOf(fields, reader);
  if (reading === undefined) return reader.adapted();
  const sessionId = reader.sessionId(fields['sessionId'] ?? fileSessionId);
  if (sessionId === undefined) return reader.adapted();
  const atMillis = reader.time(fields['timestamp']);
  return reader.adapted([{ sessionId, source: 'transcript', atMillis, ...reading }]);
}

function parse(line: string, reader: PayloadReader): UntrustedObject | undefined {
  try {
    return reader.payload(JSON.parse(line));
  } catch {
    return reader.ignore('unreadable');
  }
}

function readingOf(fields: UntrustedObject, reader: PayloadReader): Partial<SessionObservation> | undefined {
  const { type } = fields;
  if (type === 'assistant') return readAssistant(fields, reader);
  if (type === 'system' && fields['subtype'] === 'compact_boundary') return readBoundary(fields, reader);
  if (type === 'custom-title') return readTitle(fields['customTitle'], false, reader);
  if (type === 'ai-title') return readTitle(fields['aiTitle'] ?? fields['title'], true, reader);
  return typeof type === 'string' && otherTypes.has(type) ? undefined : reader.ignore('unknown_event');
}

function readAssistant(
  fields: UntrustedObject,
  reader: PayloadReader,
): Partial<SessionObservation> | undefined {
  const message = reader.object(fields['message']);
  if (fields['isApiErrorMessage'] === true || message['model'] === '<synthetic>') return undefined;
  const tokensUsed = occupancyOf(message['usage'], reader);
  if (tokensUsed === undefined) return undefined;
  return {
    tokensUsed,
    model: reader.model(message['model']),
    requestId: reader.requestId(fields['requestId']),
    project: reader.folderName(fields['cwd']),
  };
}

function readBoundary(fields: UntrustedObject, reader: PayloadReader): Partial<SessionObservation> {
  const metadata = reader.object(fields['compactMetadata']);
  return {
    compaction: {
      trigger: triggerOf(metadata['trigger']),
      tokensBefore: reader.tokens(metadata['preTokens']),
      tokensAfter: reader.tokens(metadata['postTokens']),
    },
  };
}

function readTitle(
  title: unknown,
  generated: boolean,
  reader: PayloadReader,
): Partial<SessionObservation> | undefined {
  const text = reader.text(title);
  return text === undefined ? undefined : { sessionName: { text, generated } };
}
