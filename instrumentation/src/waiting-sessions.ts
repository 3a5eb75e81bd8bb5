import type { Changed, SessionRegistry } from './registry.ts';

/** The sessions whose newest figures have not arrived yet, those that wait longest first. */
export class WaitingSessions {
  /** By session id: whether no figure of the session has arrived yet. */
  readonly #isNew = new Map<string, boolean>();

  /** Adds sessions. Those that wait already keep their place. */
  add(changed: readonly Changed[], revision: number): void {
    for (const { sessionId, firstRevision } of changed) {
      const isNew = firstRevision > revision || this.isNew(sessionId);
      this.#isNew.set(sessionId, isNew);
    }
  }

  /** Forgets the sessions that departed, and returns the others, sessions with high usage first. */
  inOrder(registry: Pick<SessionRegistry, 'get' | 'highSessions'>): string[] {
    const high = new Set(registry.highSessions().map(({ sessionId }) => sessionId));
    const live = [...this.#isNew.keys()].filter((id) => registry.get(id) !== undefined || this.#forget(id));
    return [...live.filter((id) => high.has(id)), ...live.filter((id) => !high.has(id))];
  }

  /** Whether no figure of a session has arrived yet. */
  isNew(sessionId: string): boolean {
    return this.#isNew.get(sessionId) === true;
  }

  /** Call it when sessions were sent. If they did not arrive, they wait behind the others. */
  sent(sessionIds: readonly string[], arrived: boolean): void {
    for (const sessionId of sessionIds) {
      const isNew = this.isNew(sessionId);
      this.#isNew.delete(sessionId);
      if (!arrived) this.#isNew.set(sessionId, isNew);
    }
  }

  #forget(sessionId: string): boolean {
    this.#isNew.delete(sessionId);
    return false;
  }
}
