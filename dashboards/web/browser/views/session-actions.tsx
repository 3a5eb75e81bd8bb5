import { useState } from 'preact/hooks';
import { clockShown } from '../../../text/quantity.ts';
import type { SilenceRow } from '../../page-state.ts';
import { post } from '../live-state.ts';
import { announce } from '../notice.ts';

/** The command that resumes a session in Claude Code, quoted for a shell. */
const resumeCommand = (id: string) =>
  `claude --resume ${/^[\w.:-]+$/.test(id) ? id : `'${id.replaceAll("'", String.raw`'\''`)}'`}`;

/** Copies the command that resumes the session. */
export async function copyResume(id: string): Promise<void> {
  await announcing(async () => {
    await navigator.clipboard.writeText(resumeCommand(id));
    return `Copied ${resumeCommand(id)}`;
  });
}

/** Silences a session's alerts for an hour, or ends the silence. */
export async function toggleSilence(id: string, silences: readonly SilenceRow[]): Promise<void> {
  const silence = silences.find(({ sessionId }) => sessionId === id);
  await announcing(async () => {
    if (silence === undefined) await post('/page/silence', { sessionId: id });
    else await post('/page/unsilence', { sessionId: id });
    return silence === undefined
      ? 'Its alerts are silenced for an hour'
      : 'Its alerts are no longer silenced';
  });
}

/** Gives a session a name. */
export async function rename(id: string, name: string): Promise<void> {
  await announcing(async () => {
    await post('/page/name', { sessionId: id, name });
    return `Named ${name}`;
  });
}

async function announcing(act: () => Promise<string>): Promise<void> {
  try {
    announce(await act());
  } catch (error) {
    announce(error instanceof Error ? error.message : String(error));
  }
}

/** A button for {@link copyResume}. */
export function CopyResume({ id }: { id: string }) {
  return (
    <button type="button" title={resumeCommand(id)} onClick={() => void copyResume(id)}>
      Copy resume
    </button>
  );
}

/** A button for {@link toggleSilence}. */
export function SilenceButton({ id, silences }: { id: string; silences: readonly SilenceRow[] }) {
  const [isBusy, setBusy] = useState(false);
  const silence = silences.find(({ sessionId }) => sessionId === id);
  const press = async () => {
    setBusy(true);
    await toggleSilence(id, silences);
    setBusy(false);
  };
  return (
    <button type="button" aria-pressed={silence !== undefined} disabled={isBusy} onClick={() => void press()}>
      {silence === undefined
        ? 'Silence 1 h'
        : `Silenced until ${clockShown(silence.endsAtMillis).slice(0, 5)}`}
    </button>
  );
}
