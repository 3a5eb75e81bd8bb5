import { refuseSessionId, sessionLabel, unknownSessionId } from '../../session-id.ts';
import { refuseCheckpoint, refuseUsage, type Checkpoint, type Refusal, type Usage } from '../../usage.ts';
import type { SessionObservation } from './observation.ts';
import { PayloadReader } from './payload-reader.ts';
import { RequestProblem } from '../request-problem.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The session label for an id in a request path. @throws RequestProblem 400 if the id is invalid */
export function sessionIdFrom(id: string): string {
  if (id !== unknownSessionId && refuseSessionId(id) === undefined) return sessionLabel(id);
  throw new RequestProblem(400, 'id', '1 to 128 visible ASCII characters and not `unknown`', id);
}

/**
 * Reads a program's usage report for a session: `{ tokensUsed, windowTokens?, model?, estimated? }`.
 *
 * @throws RequestProblem 400 naming the invalid field
 */
export function usageFrom(sessionId: string, body: unknown): SessionObservation {
  const { tokensUsed, windowTokens, model, estimated } = fieldsOf(body);
  const usage = { tokensUsed, windowTokens } as Usage;
  const refusal = refuseUsage(usage);
  if (refusal !== undefined) throw refusedField(refusal, { tokensUsed, windowTokens });
  if (estimated !== undefined && typeof estimated !== 'boolean') {
    throw new RequestProblem(400, 'estimated', 'true, false or absent', estimated);
  }
  const modelId = new PayloadReader('api').model(model);
  if (model !== undefined && modelId === undefined) {
    throw new RequestProblem(400, 'model', 'a model id of at most 128 characters', model);
  }
  return { sessionId, source: estimated === true ? 'estimate' : 'api', ...usage, model: modelId };
}

/** Reads a checkpoint, `{ tokensSaved }`. @throws RequestProblem 400 naming the invalid field */
export function checkpointFrom(body: unknown): Checkpoint {
  const { tokensSaved } = fieldsOf(body);
  const checkpoint = { tokensSaved } as Checkpoint;
  const refusal = refuseCheckpoint(checkpoint);
  if (refusal !== undefined) throw refusedField(refusal, { tokensSaved });
  return checkpoint;
}

/** Reads a session name, `{ name }`. @throws RequestProblem 400 if it is invalid */
export function nameFrom(sessionId: string, body: unknown): SessionObservation {
  const { name } = fieldsOf(body);
  const text = typeof name === 'string' ? new PayloadReader('api').text(name) : undefined;
  if (text === undefined) throw new RequestProblem(400, 'name', 'a string of 1 to 128 characters', name);
  return { sessionId, source: 'api', sessionName: { text, generated: false } };
}

function fieldsOf(body: unknown): Fields {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Fields;
  throw new RequestProblem(400, 'body', 'a JSON object', Array.isArray(body) ? 'a list' : typeof body);
}

/** Extracts the field and the rule from a refusal's message. */
function refusedField({ message }: Refusal, fields: Fields): RequestProblem {
  const [, field = '', rule = ''] = /^Expected `(\w+)` to be (.*), got /.exec(message) ?? [];
  return new RequestProblem(400, field, rule, fields[field]);
}
