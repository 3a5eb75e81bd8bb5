/** What a label is made from. */
export interface LabelledSession {
  readonly id: string;
  readonly name?: string | undefined;
  readonly project?: string | undefined;
}

/**
 * A label for each session, by id: its name; else its project; else its short id.
 *
 * Where two would look alike, both get the first characters of their id: `shop (6666)`. They keep those as long as `before`
 * is passed on, so that a label never moves to another session while somebody looks at it.
 *
 * @param before - the labels of the moment before, sessions that ended since included. Default: none.
 */
export function sessionLabels(
  sessions: readonly LabelledSession[],
  before: ReadonlyMap<string, string> = new Map(),
): Map<string, string> {
  const known = new Map(sessions.map((session) => [session.id, baseOf(session)]));
  for (const [id, label] of before) if (!known.has(id)) known.set(id, withoutSuffix(label, id));
  const sharing = Map.groupBy(known, ([, base]) => base);
  return new Map(
    sessions.map((session) => {
      const base = baseOf(session);
      const others = (sharing.get(base) ?? []).map(([id]) => id).filter((id) => id !== session.id);
      return [session.id, others.length === 0 ? base : `${base} (${beginningOf(session.id, others)})`];
    }),
  );
}

/** The first eight digits of a UUID, or the first 24 characters of another id. */
export function shortId(id: string): string {
  return /^[0-9a-f]{8}(?=(-[0-9a-f]{4}){3}-[0-9a-f]{12}$)/.exec(id)?.[0] ?? id.slice(0, 24);
}

function baseOf({ id, name, project }: LabelledSession): string {
  return name || project || shortId(id);
}

function withoutSuffix(label: string, id: string): string {
  const suffix = / \(([^()]+)\)$/.exec(label);
  return suffix?.[1] !== undefined && id.startsWith(suffix[1]) ? label.slice(0, suffix.index) : label;
}

/** Four characters tell most ids apart. */
function beginningOf(id: string, others: readonly string[]): string {
  let length = 4;
  while (length < id.length && others.some((other) => other.startsWith(id.slice(0, length)))) length += 4;
  return id.slice(0, length);
}
