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
  type SessionRegistry,
} from 'koa-context-window';
import { z } from 'zod';

/**
 * An MCP server on Koa whose tools report the context window of the session that calls them.
 *
 * @param registry where the sessions are kept; give the same one to `startTelemetry`
 * @param newSessionId names an MCP session; default: a random UUID
 * @param embeddings counts the embedding of each checkpoint's summary, by which a session is found again; give its `series`
 *   to `startTelemetry`
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

  // POST and DELETE only: this server sends nothing by itself, so a GET for a stream is answered with 405.
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
    // 404 tells a client whose session this server does not know, such as after a restart, to start a new one.
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
          callingSession().checkpoint({ tokensSaved }) && callingSession().report({ tokensUsed }),
        );
      },
    );
    return server;
  }

  /** The session of the HTTP request that a tool runs in: Koa's own async storage knows it. */
  function callingSession() {
    return app.currentContext!.state.contextWindow;
  }
}

/** A summary that fills what is commonly embedded in one piece. */
const summaryTokens = 512;

function answer(accepted: boolean) {
  return {
    content: [{ type: 'text' as const, text: accepted ? 'accepted' : 'refused' }],
    isError: !accepted,
  };
}
