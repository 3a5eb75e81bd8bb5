import type { PartName } from '../parts.ts';

/** What is behind a part's last words, and what to do. */
interface Diagnosis {
  readonly reason: string;
  readonly remedy: string;
}

interface Symptom extends Diagnosis {
  /** Only of this part; of any when absent. */
  readonly part?: PartName;
  readonly words: RegExp;
}

const replaceData =
  'Put a backup in its place: npm run stack:restore -- FILE, or begin anew: npm run stack:reset';

/** From the particular to the general: the first that fits counts. */
const symptoms: readonly Symptom[] = [
  {
    words: /no space left on device|disk is full|database or disk is full/i,
    reason: 'the disk is full',
    remedy: 'Free some space and start again; the data is kept.',
  },
  {
    words: /address already in use|port is already allocated/i,
    reason: 'its port was taken meanwhile',
    remedy: 'Start again, on other ports if need be: npm run stack:up -- --ports auto',
  },
  {
    words: /permission denied/i,
    reason: 'it may not read or write one of its files',
    remedy: 'See whose the state folder is; it has to belong to the user who starts the stack.',
  },
  {
    part: 'victoriametrics',
    words: /FATAL.*flock|cannot acquire lock/i,
    reason: 'another VictoriaMetrics works on the same data',
    remedy: 'Stop that one, or set CTXD_STATE_DIR to another folder.',
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
    reason: 'it does not accept its configuration',
    remedy: 'See CTXD_ALERT_WEBHOOK_URL and the other settings of the alerts.',
  },
];

/** What the last log lines of a part point to; nothing when they are not known. */
export function diagnose(part: PartName, log: string): Diagnosis | undefined {
  return symptoms.find((symptom) => (symptom.part ?? part) === part && symptom.words.test(log));
}
