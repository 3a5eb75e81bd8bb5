/** Why a request of the page was rejected or failed. The message is written for the user. */
export class PageProblem extends Error {
  readonly status: number;

  /** @param status - the HTTP status of the response */
  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}
