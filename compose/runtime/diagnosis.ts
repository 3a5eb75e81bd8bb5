import type { PartName } from '../parts.ts';

/** The cause of a failure, and what to do about it. */
interface Diagnosis {
  readonly reason: string;
  readonly remedy: string;
}

interface Symptom extends Diagnosis {
  /** Default: all parts. */
  readonly part?: PartName;
  /** Matches the log. */
  readonly words: RegExp;
}

const replaceData = 'Restore a backup: npm run stack:restore -- FILE, or start over: npm run stack:reset';

/** From specific to general: the first match counts. */
const symptoms: readonly Symptom[] = [
  {
    words: /no space left on device|disk is full|database or disk is full/i,
    reason: 'the disk is full',
    remedy: 'Free some space and start again; the data is kept.',
  },
  {
    words: /address already in use|port is already allocated/i,
    reason: 'another program took its port',
    remedy: 'Start again on free ports: npm run stack:up -- --ports auto',
  },
  {
    words: /permission denied/i,
    reason: 'it is not allowed to read or write one of its files',
    remedy: 'Check who owns the state folder: it must be the user who starts the stack.',
  },
  {
    part: 'victoriametrics',
    words: /FATAL.*flock|cannot acquire lock/i,
    reason: 'another VictoriaMetrics uses the same data',
    remedy: 'Stop it, or set CTXD_STATE_DIR to another folder.',
  },
  {
    part: 'victoriametrics',
    words:
      /cannot (open|read|parse|unmarshal|load)\b.*(part|index|storage|metadata|table|data)|unexpected.*(magic|size|format)|corrupt/i,
    reason: 'its data is damaged',
    remedy: replaceData,
  },
  {
    part: 'grafana',
    words: /database disk image is malformed|file is not a database|database.*corrupt/i,
    reason: 'its database is damaged',
    remedy: replaceData,
  },
  {
    part: 'alertmanager',
    words: /loading configuration file failed|unmarshal errors/i,
    reason: 'it rejects its configuration',
    remedy: 'Check CTXD_ALERT_WEBHOOK_URL and the other alert settings.',
  },
];

/** The cause that the last log lines of a part point to; undefined when none is known. */
export function diagnose(part: PartName, log: string): Diagnosis | undefined {
  return symptoms.find((symptom) => (symptom.part ?? part) === part && symptom.words.test(log));
}
