/** Why the page refuses or fails, as a sentence for people. */
export class PageProblem extends Error {
  readonly status: number;

  /** @param status - of the answer. */
  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}
