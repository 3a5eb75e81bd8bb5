import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Usage } from 'koa-context-window';

/** A session's connection to the MCP server. */
export interface McpSession {
  /** The id that the server sees: the client's own, or the `Mcp-Session-Id` that the server assigned. */
  readonly sessionId: string;
  /** Calls the tool that reports the session's usage. */
  report(usage: Usage): Promise<void>;
  /** Calls the tool that records a checkpoint and the usage after it. */
  checkpoint(checkpoint: { tokensSaved: number; tokensUsed: number }): Promise<void>;
  /** Ends the session at the server. */
  end(): Promise<void>;
  /** Drops the connection, so that the session goes idle. */
  close(): Promise<void>;
}

/**
 * Connects an MCP client over streamable HTTP.
 *
 * @param url the server's endpoint
 * @param ownSessionId sent as `X-Claude-Code-Session-Id`; default: the session is known by its `Mcp-Session-Id`
 */
export async function connectMcpSession(url: URL, ownSessionId?: string): Promise<McpSession> {
  const headers = ownSessionId === undefined ? {} : { 'X-Claude-Code-Session-Id': ownSessionId };
  const transport = new StreamableHTTPClientTransport(url, { requestInit: { headers } });
  const client = new Client({ name: 'ctxd-demo', version: '1.0.0' });
  await client.connect(transport);
  const sessionId = ownSessionId ?? transport.sessionId;
  if (sessionId === undefined) throw new Error(`The MCP server at ${url.href} gave the client no session id`);
  return {
    sessionId,
    report: (usage) => callTool(client, 'report_usage', { ...usage }),
    checkpoint: (checkpoint) => callTool(client, 'save_checkpoint', checkpoint),
    end: () => transport.terminateSession(),
    close: () => client.close(),
  };
}

async function callTool(client: Client, name: string, args: Record<string, unknown>): Promise<void> {
  const { isError, content } = await client.callTool({ name, arguments: args });
  if (isError) throw new Error(`The tool ${name} failed: ${JSON.stringify(content)}`);
}
