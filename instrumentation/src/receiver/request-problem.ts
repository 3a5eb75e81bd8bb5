import { shown } from '../expectation.ts';

/** An invalid request. It becomes the JSON of the response. */
export class RequestProblem extends Error {
  readonly status: number;
  readonly field: string;
  readonly rule: string;
  /** The formatted value: short, and never more of a body than this one field. */
  readonly value: string;

  /**
   * @param status the HTTP status of the response
   * @param field the invalid header, `body`, or a field of the body
   * @param rule the rule that it breaks, such as `a list`
   * @param value the invalid value
   */
  constructor(status: number, field: string, rule: string, value: unknown) {
    super(`Expected \`${field}\` to be ${rule}, got ${shown(value)}`);
    this.status = status;
    this.field = field;
    this.rule = rule;
    this.value = shown(value);
  }

  /** The body of the response. */
  toJSON() {
    const { message, field, rule, value } = this;
    return { error: { message, field, rule, value } };
  }
}
