import { reasonOf, StackError } from '../../compose/system/stack-error.ts';

/** A Grafana and a token for it. */
export interface GrafanaAccess {
  /** Including any sub-path. */
  readonly url: string;
  /** Token of a service account. */
  readonly token: string;
}

/** Grafana's answer. */
export interface GrafanaAnswer<T> {
  readonly status: number;
  readonly body: T;
}

/** The oldest release that shows the dashboards correctly. */
const oldestVersion = [12, 2] as const;

const remedies: Readonly<Record<number, string>> = {
  401: 'Set GRAFANA_TOKEN to a token that has not expired: Administration, Users and access, Service accounts.',
  403: 'Give the token’s service account the role Editor.',
  404: 'Set GRAFANA_URL to the URL of Grafana’s home page, including any sub-path.',
};

/** A client for the few endpoints of Grafana's HTTP API that dashboards need. */
export class GrafanaApi {
  readonly #base: URL;
  readonly #token: string;

  /** @throws StackError for an invalid URL */
  constructor({ url, token }: GrafanaAccess) {
    if (!URL.canParse(url)) {
      throw new StackError(`Expected GRAFANA_URL to be a URL, got \`${url}\`.`, {
        remedy: 'Give it with its scheme, such as https://grafana.example.',
      });
    }
    this.#base = new URL(url.endsWith('/') ? url : `${url}/`);
    this.#token = token;
  }

  /** The URL of a path, for a browser. */
  urlOf(path: string): string {
    return new URL(path, this.#base).href;
  }

  /**
   * Grafana's version.
   *
   * @throws StackError when this is not a Grafana or it is too old
   */
  async version(): Promise<string> {
    const { body } = await this.get<{ version?: unknown }>('api/health');
    const version = body?.version;
    if (typeof version !== 'string')
      throw this.#refused('GET', 'api/health', 404, 'its answer has no version');
    if (isOlder(version)) {
      throw new StackError(`Grafana ${version} is too old for these dashboards, which need 12.2 or newer.`, {
        remedy: 'Upgrade it, or use the one that npm run stack:up starts.',
      });
    }
    return version;
  }

  /**
   * Sends a GET request.
   *
   * @param allowed - statuses to accept besides success.
   * @throws StackError for any other status
   */
  async get<T>(path: string, allowed: readonly number[] = []): Promise<GrafanaAnswer<T>> {
    return await this.#request<T>('GET', path, { allowed });
  }

  /**
   * Sends a POST request.
   *
   * @param allowed - statuses to accept besides success.
   * @throws StackError for any other status
   */
  async post<T>(path: string, content: object, allowed: readonly number[] = []): Promise<GrafanaAnswer<T>> {
    return await this.#request<T>('POST', path, { content, allowed });
  }

  async #request<T>(
    method: string,
    path: string,
    { content, allowed }: { content?: object; allowed: readonly number[] },
  ): Promise<GrafanaAnswer<T>> {
    const response = await this.#fetch(method, path, content);
    const text = await response.text();
    const body = parsed(text) as T;
    if (!response.ok && !allowed.includes(response.status)) {
      throw this.#refused(method, path, response.status, messageIn(body) ?? text.slice(0, 100));
    }
    return { status: response.status, body };
  }

  async #fetch(method: string, path: string, content: object | undefined): Promise<Response> {
    try {
      return await fetch(this.urlOf(path), {
        method,
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(10_000),
        ...(content && { body: JSON.stringify(content) }),
      });
    } catch (error) {
      throw new StackError(`Grafana does not answer at ${this.#base.href}: ${reasonOf(error)}.`, {
        remedy: 'Check that it runs and that GRAFANA_URL is right.',
        cause: error,
      });
    }
  }

  #refused(method: string, path: string, status: number, message: string): StackError {
    const remedy = remedies[status];
    return new StackError(
      `Grafana refused ${method} ${this.urlOf(path)}: ${status}, ${message || 'no reason given'}.`,
      remedy === undefined ? {} : { remedy },
    );
  }
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < oldestVersion[0] || (major === oldestVersion[0] && minor < oldestVersion[1]);
}

function messageIn(body: unknown): string | undefined {
  const message = typeof body === 'object' && body !== null && 'message' in body ? body.message : undefined;
  return typeof message === 'string' ? message : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
