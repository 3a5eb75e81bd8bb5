import { marks, type Severity } from '../../../text/severity.ts';

const words: Readonly<Record<Severity, string>> = { ok: 'OK', warning: 'Warning', critical: 'Critical' };

/** Shows a state as a mark, a word and a colour. */
export function StateMark({ severity, isShort = false }: { severity: Severity; isShort?: boolean }) {
  return (
    <span class={`state ${severity}`}>
      <span aria-hidden="true">{marks[severity]}</span>
      <span class={isShort ? 'unseen' : ''}> {words[severity]}</span>
    </span>
  );
}
