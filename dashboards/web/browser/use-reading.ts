import { useEffect, useState } from 'preact/hooks';
import { read } from './live-state.ts';

/** What was read, or why it could not be. */
export interface Reading<Answer> {
  readonly answer: Answer | undefined;
  readonly problem: string | undefined;
}

/**
 * Reads something, again whenever the question changes, and every so often where that is given. The last answer to the same subject
 * stays until the next is there.
 *
 * @param query - made anew for each reading, since time goes on.
 * @param subject - what the answer is about; another one forgets the answer.
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
