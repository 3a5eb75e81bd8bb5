import { shown } from '../expectation.ts';

/** What is wrong with a request: becomes the JSON of the answer. */
export class RequestProblem extends Error {
  readonly status: number;
  readonly field: string;
  readonly rule: string;
  /** The value as it is shown: short, and never more of a body than the one field. */
  readonly value: string;

  /**
   * @param status of the answer
   * @param field what is wrong: a header, `body`, or a field of it
   * @param rule what it has to be
   * @param value what it is
   */
  constructor(status: number, field: string, rule: string, value: unknown) {
    super(`Expected \`${field}\` to be ${rule}, got ${shown(value)}`);
    this.status = status;
    this.field = field;
    this.rule = rule;
    this.value = shown(value);
  }

  /** The body of the answer. */
  toJSON() {
    const { message, field, rule, value } = this;
    return { error: { message, field, rule, value } };
  }
}
