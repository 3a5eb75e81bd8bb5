import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/** A request from Claude Code to the model. */
export interface ModelRequest {
  readonly model: string;
  /** The request's beta features, such as `context-1m-2025-08-07`. */
  readonly betas: readonly string[];
  /** Text of the last user message. */
  readonly lastWords: string;
  /** Names of the tools that the request offers. */
  readonly tools: readonly string[];
  readonly body: unknown;
}

/** The model's answer. */
export interface ModelAnswer {
  /** Default: `ok`. */
  readonly text?: string;
  /** A tool call, instead of the end of the turn. */
  readonly tool?: { readonly name: string; readonly input: object };
  /** Token counts of the request. Default: 10 input and 5 output tokens. */
  readonly usage?: {
    readonly input?: number;
    readonly cacheCreation?: number;
    readonly cacheRead?: number;
    readonly output?: number;
  };
  /** Delay of the answer in milliseconds. Default: 0. */
  readonly afterMillis?: number;
}

/** A stand-in for the model API. */
export interface ModelApi extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly ModelRequest[];
}

interface Body {
  readonly model: string;
  readonly stream?: boolean;
  readonly tools?: readonly { readonly name: string }[];
  readonly messages: readonly { readonly role: string; readonly content: string | readonly Block[] }[];
}

interface Block {
  readonly type: string;
  readonly text?: string;
}

/** Starts a stand-in for the model API on a free port of 127.0.0.1. A script gives the answers. */
export async function startModelApi(script: (request: ModelRequest) => ModelAnswer): Promise<ModelApi> {
  const requests: ModelRequest[] = [];
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const sent = await text(request);
    if (path === '/v1/messages/count_tokens') return json(response, { input_tokens: 10 });
    if (path !== '/v1/messages') return json(response, {}, request.method === 'HEAD' ? 200 : 404);
    const body = JSON.parse(sent) as Body;
    const asked = {
      model: body.model,
      betas: String(request.headers['anthropic-beta'] ?? '').split(','),
      lastWords: lastWordsOf(body),
      tools: (body.tools ?? []).map(({ name }) => name),
      body,
    };
    requests.push(asked);
    const answer = script(asked);
    await delay(answer.afterMillis ?? 0);
    if (body.stream) stream(response, messageOf(body.model, answer, requests.length));
    else json(response, messageOf(body.model, answer, requests.length));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function lastWordsOf({ messages }: Body): string {
  const { content = '' } = messages.findLast(({ role }) => role === 'user') ?? {};
  if (typeof content === 'string') return content;
  return content.map((block) => block.text ?? '').join('\n');
}

function messageOf(model: string, { text: words = 'ok', tool, usage = {} }: ModelAnswer, number: number) {
  return {
    id: `msg_${number}`,
    type: 'message',
    role: 'assistant',
    model,
    content: tool
      ? [{ type: 'tool_use', id: `toolu_${number}`, name: tool.name, input: tool.input }]
      : [{ type: 'text', text: words }],
    stop_reason: tool ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: {
      input_tokens: usage.input ?? 10,
      cache_creation_input_tokens: usage.cacheCreation ?? 0,
      cache_read_input_tokens: usage.cacheRead ?? 0,
      output_tokens: usage.output ?? 5,
    },
  };
}

/** Sends a message as server-sent events. */
function stream(response: ServerResponse, message: ReturnType<typeof messageOf>): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': `req_${message.id}` });
  const send = (type: string, fields: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
  send('message_start', {
    message: { ...message, content: [], stop_reason: null, usage: { ...message.usage, output_tokens: 1 } },
  });
  const [block] = message.content as [Block & { input?: object }];
  const isTool = block.type === 'tool_use';
  send('content_block_start', {
    index: 0,
    content_block: isTool ? { ...block, input: {} } : { ...block, text: '' },
  });
  const delta = isTool
    ? { type: 'input_json_delta', partial_json: JSON.stringify(block.input) }
    : { type: 'text_delta', text: block.text };
  send('content_block_delta', { index: 0, delta });
  send('content_block_stop', { index: 0 });
  const { stop_reason, usage } = message;
  send('message_delta', { delta: { stop_reason, stop_sequence: null }, usage });
  send('message_stop', {});
  response.end();
}

function json(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
