/** What a `ctxd` command tells its caller by its exit status. */
export const exitCodes = { ok: 0, failure: 1, usage: 2 } as const;

/** A command line that asks for something that there is not; its message is a sentence for people. */
export class UsageError extends Error {}
