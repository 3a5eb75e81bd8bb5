import { marks, type Severity } from '../../../text/severity.ts';

const words: Readonly<Record<Severity, string>> = { ok: 'OK', warning: 'Warning', critical: 'Critical' };

/** A state by mark, word and colour. */
export function StateMark({ severity, isShort = false }: { severity: Severity; isShort?: boolean }) {
  return (
    <span class={`state ${severity}`}>
      <span aria-hidden="true">{marks[severity]}</span>
      <span class={isShort ? 'unseen' : ''}> {words[severity]}</span>
    </span>
  );
}
