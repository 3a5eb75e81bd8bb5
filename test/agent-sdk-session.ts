// A program that uses the Agent SDK without the user's settings. Arguments: the SDK's module, the path of Claude Code, a session id, a prompt.
const [module = '', command = '', sessionId = '', prompt = ''] = process.argv.slice(2);
const { query } = (await import(module)) as {
  query: (request: { prompt: string; options: object }) => AsyncIterable<unknown>;
};
const options = { pathToClaudeCodeExecutable: command, sessionId, settingSources: [] };
for await (const _ of query({ prompt, options }));
