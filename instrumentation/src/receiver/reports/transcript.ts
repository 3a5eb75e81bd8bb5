import { parseBoundedJson } from '../bounded-json.ts';
import { triggerOf } from './hooks.ts';
import { occupancyOf } from './occupancy.ts';
import type { Adapted, SessionObservation } from './observation.ts';
import { largeWindowTokens, PayloadReader, type UntrustedObject } from './payload-reader.ts';

/** Line types that have no figure of the context; the rest of such a line is not read. */
const otherTypes = new Set([
  'agent-name',
  'api-request-blob',
  'api-request-shape',
  'atis-latch',
  'attachment',
  'file-history-snapshot',
  'last-prompt',
  'mode',
  'permission-mode',
  'pr-link',
  'progress',
  'queue-operation',
  'summary',
  'system',
  'tools-used',
  'user',
  'worktree-state',
]);

/**
 * Reads one line of a transcript (`~/.claude/projects/<slug>/<session>.jsonl`). The format is internal to Claude Code
 * and changes without notice, so anything unknown is ignored and counted.
 *
 * A `summary` line contains the user's own words, so it is not used as a name; `custom-title` and `ai-title` are names. Only
 * a request or a compaction with a time is activity. A title can name a session at any time, even one that is over. In a fork, the lines with `forkedFrom` are copies of the parent's.
 *
 * @param line without its line break
 * @param fileSessionId the session in the file's name, for lines that name none
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
  const isInherited = fields['forkedFrom'] ? true : undefined;
  const shared = { sessionId, source: 'transcript', atMillis, isInherited } as const;
  if (reading.tokensUsed === undefined && reading.compaction === undefined) {
    return reader.adapted([{ ...shared, isTimeless: true, ...reading }]);
  }
  if (atMillis !== undefined) return reader.adapted([{ ...shared, ...reading }]);
  reader.ignore('missing_time');
  return reader.adapted();
}

function parse(line: string, reader: PayloadReader): UntrustedObject | undefined {
  try {
    return reader.payload(parseBoundedJson(Buffer.from(line)));
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
  if (type === 'api-request') return readRequest(fields, reader);
  if (type === 'cost-state') return readCosts(fields, reader);
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
      tokensBefore: reader.tokens(metadata['preTokens']) || undefined,
      tokensAfter: reader.tokens(metadata['postTokens']) || undefined,
    },
  };
}

/** A request of the main thread with the beta for the large window proves that window. */
function readRequest(
  fields: UntrustedObject,
  reader: PayloadReader,
): Partial<SessionObservation> | undefined {
  const { querySource } = fields;
  const isMainThread =
    typeof querySource === 'string' && (querySource === 'sdk' || querySource.startsWith('repl_main_thread'));
  const params = reader.object(fields['params']);
  const isLarge = reader
    .list(params['betas'])
    .some((beta) => typeof beta === 'string' && beta.startsWith('context-1m'));
  if (!isMainThread || !isLarge) return undefined;
  const model = reader.model(params['model'] ?? fields['model']);
  return { modelWindows: [{ model, windowTokens: largeWindowTokens }] };
}

/** Costs are listed by model, with `[1m]` if the model was used with the large window. */
function readCosts(fields: UntrustedObject, reader: PayloadReader): Partial<SessionObservation> | undefined {
  const modelWindows = Object.entries(reader.object(fields['modelUsage'])).flatMap(([key, value]) => {
    const model = reader.model(key);
    const stated = reader.tokens(reader.object(value)['contextWindow'], 1);
    const windowTokens = /\[1m\]$/i.test(key) ? largeWindowTokens : stated;
    return model === undefined || windowTokens === undefined ? [] : [{ model, windowTokens }];
  });
  return modelWindows.length === 0 ? undefined : { modelWindows: modelWindows.slice(-8) };
}

function readTitle(
  title: unknown,
  generated: boolean,
  reader: PayloadReader,
): Partial<SessionObservation> | undefined {
  const text = reader.text(title);
  return text === undefined ? undefined : { sessionName: { text, generated } };
}
