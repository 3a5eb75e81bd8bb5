import { randomUUID } from 'node:crypto';
import { bodyParser } from '@koa/bodyparser';
import { Router } from '@koa/router';
import {
  localhostHostValidation,
  localhostOriginValidation,
  NodeStreamableHTTPServerTransport,
} from '@modelcontextprotocol/node';
import { McpServer } from '@modelcontextprotocol/server';
import Koa from 'koa';
import {
  contextWindow,
  EmbeddingMeter,
  type ContextWindowState,
  type Refusal,
  type SessionRegistry,
} from 'koa-context-window';
import { z } from 'zod';

/**
 * An MCP server on Koa whose tools report the context window of the session that calls them.
 *
 * @param registry keeps the sessions; pass the same one to `startTelemetry`
 * @param newSessionId creates the id of an MCP session; default: a random UUID
 * @param embeddings counts the embedding of each checkpoint's summary; pass its `series` to `startTelemetry`
 */
export function createMcpApp(
  registry: SessionRegistry,
  newSessionId: () => string = randomUUID,
  embeddings = new EmbeddingMeter(),
): Koa {
  const app = new Koa<ContextWindowState>({ asyncLocalStorage: true });
  const router = new Router<ContextWindowState>();
  const transports = new Map<string, NodeStreamableHTTPServerTransport>();
  const allowsHost = localhostHostValidation();
  const allowsOrigin = localhostOriginValidation();

  // POST and DELETE only: this server never sends first, so a GET for a stream gets a 405.
  router.post('/mcp', async (ctx) => {
    const transport = await transportOf(ctx);
    await transport.handleRequest(ctx.req, ctx.res, ctx.request.body);
  });
  router.delete('/mcp', async (ctx) => {
    const transport = await transportOf(ctx);
    await transport.handleRequest(ctx.req, ctx.res);
    ctx.state.contextWindow.end();
  });

  app.use((ctx, next) =>
    allowsHost(ctx.req, ctx.res) && allowsOrigin(ctx.req, ctx.res) ? next() : undefined,
  );
  app.use(bodyParser());
  app.use(contextWindow({ registry }));
  app.use(router.routes()).use(router.allowedMethods());
  return app;

  async function transportOf(ctx: Koa.BaseContext) {
    const id = ctx.get('mcp-session-id');
    // A 404 makes a client start a new session if this server does not know its session, such as after a restart.
    return id === '' ? openTransport() : (transports.get(id) ?? ctx.throw(404));
  }

  async function openTransport(): Promise<NodeStreamableHTTPServerTransport> {
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: newSessionId,
      enableJsonResponse: true,
      onsessioninitialized: (id) => void transports.set(id, transport),
      onsessionclosed: (id) => void transports.delete(id),
    });
    await newMcpServer().connect(transport);
    return transport;
  }

  function newMcpServer(): McpServer {
    const server = new McpServer({ name: 'context-window', version: '1.0.0' });
    const windowTokens = z.number().optional();
    server.registerTool(
      'report_usage',
      { inputSchema: z.object({ tokensUsed: z.number(), windowTokens }) },
      (usage) => answer(callingSession().report(usage)),
    );
    server.registerTool(
      'save_checkpoint',
      { inputSchema: z.object({ tokensSaved: z.number(), tokensUsed: z.number() }) },
      ({ tokensSaved, tokensUsed }) => {
        embeddings.recordEmbedding({ model: 'text-embedding-3-small', tokens: summaryTokens });
        return answer(
          callingSession().checkpoint({ tokensSaved }) ?? callingSession().report({ tokensUsed }),
        );
      },
    );
    return server;
  }

  /** The session of the HTTP request that runs the tool, from Koa's async local storage. */
  function callingSession() {
    return app.currentContext!.state.contextWindow;
  }
}

/** Length of a typical summary. */
const summaryTokens = 512;

function answer(refusal: Refusal | undefined) {
  const text = refusal === undefined ? 'accepted' : `refused: ${refusal.message}`;
  return {
    content: [{ type: 'text' as const, text }],
    isError: refusal !== undefined,
  };
}
