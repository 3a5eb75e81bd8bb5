import { useEffect, useState } from 'preact/hooks';
import { read } from './live-state.ts';

/** The data that was read, or why reading failed. */
export interface Reading<Answer> {
  readonly answer: Answer | undefined;
  readonly problem: string | undefined;
}

/**
 * Reads data from the receiver, and reads again when the path or the subject changes and every `everyMillis`. The last
 * answer on the same subject stays until the next one arrives.
 *
 * @param query - returns the query parameters; called for each read, because they can depend on the time
 * @param subject - what the answer is about; a new subject discards the old answer
 */
export function useReading<Answer>(
  path: string,
  query: () => Readonly<Record<string, string>>,
  { subject, everyMillis }: { readonly subject: string; readonly everyMillis?: number | undefined },
): Reading<Answer> {
  const [reading, setReading] = useState<Reading<Answer> & { subject: string }>();
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = async () => {
      try {
        const answer = await read<Answer>(path, query());
        if (!isOver) setReading({ answer, problem: undefined, subject });
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        if (!isOver) setReading((last) => ({ answer: last?.answer, problem, subject }));
      }
      if (!isOver && everyMillis !== undefined) timer = setTimeout(() => void next(), everyMillis);
    };
    void next();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [path, subject, everyMillis]);
  return reading?.subject === subject ? reading : { answer: undefined, problem: undefined };
}
