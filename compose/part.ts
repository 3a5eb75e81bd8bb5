import type { FileName } from './files.ts';

/** The parts of the stack. */
export type PartName = 'collector' | 'victoriametrics' | 'vmalert' | 'alertmanager' | 'receiver' | 'grafana';

/** The differences between the runtimes, from which a part computes its flags and its environment. */
export interface Surroundings {
  /** Address that the part listens on, e.g. `127.0.0.1:8428` natively and `:8428` in a container. */
  readonly listen: (role?: 'main' | 'health') => string;
  /** Folder of the part's data. */
  readonly dataDir: string;
  /** URL of another part, as this part reaches it. */
  readonly url: (part: PartName) => string;
  /** URL of a part, as a browser on this machine reaches it. */
  readonly publicUrl: (part: PartName) => string;
  /** Path of a shared file, as this part sees it. */
  readonly file: (name: FileName) => string;
  /** Claude Code's folder, where the part sees it elsewhere than the user does. */
  readonly claudeDir?: string;
  /** A setting from the environment of the user who starts the stack. */
  readonly setting: (variable: string, fallback: string) => string;
}

/** An image by tag and digest. */
export interface Image {
  readonly name: string;
  readonly tag: string;
  /** Digest of the index of all platforms. */
  readonly digest: `sha256:${string}`;
  /** Where the part's data is mounted: the image's own data folder, so that Docker makes no anonymous volume. */
  readonly dataDir: string;
  /** Entrypoint, if the image's own does not start the program with the flags. */
  readonly command?: readonly string[];
  /** Whether the image has `wget`, for a health check inside the container. */
  readonly wget: boolean;
}

/** A user name and the file with its password. */
export interface Login {
  readonly user: string;
  readonly passwordFile: FileName;
  /** Whether the health check needs no password. Default: it does. */
  readonly hasOpenHealth?: true;
}

/** One part of the stack, with everything that both runtimes need to know. */
export interface Part {
  readonly name: PartName;
  /** Two lines: what it does, and how it is set up. */
  readonly comment: readonly [string, string];
  /** Release that both runtimes run. */
  readonly version: string;
  readonly image: Image;
  /** Port on 127.0.0.1; see `portVariable` for the environment variable that overrides it. */
  readonly port: number;
  /** Port of the health check, if it differs from `port`. */
  readonly healthPort?: number;
  /** Path that answers 200 when the part is healthy. */
  readonly healthPath: string;
  /** Parts that must be healthy before this one starts. */
  readonly after: readonly PartName[];
  /** Shared files that it reads. */
  readonly files: readonly FileName[];
  /** Whether it reads Claude Code's transcripts and session files. */
  readonly readsClaude?: true;
  /** Whether the rest of the stack is useful without it. */
  readonly optional?: true;
  /** The only user that it accepts. Default: it accepts everyone. */
  readonly login?: Login;
  /** Whether it authenticates every request, so that `CTXD_BIND` may open it to other machines. */
  readonly opens?: true;
  /** Memory limit of its container. */
  readonly memoryLimit: string;
  /**
   * How it checks its flags and configuration: arguments before and after its flags. A part without a check mode keeps
   * running, and prints `accepted` once it has read its configuration.
   */
  readonly check?: {
    readonly before?: readonly string[];
    readonly after?: readonly string[];
    readonly accepted?: RegExp;
  };
  /** Folders whose files are parsed before it starts, because it cannot check them itself. */
  readonly parsed?: readonly FileName[];
  readonly args: (at: Surroundings) => readonly string[];
  /** Environment variables of the user that are passed on to it. */
  readonly passes?: readonly string[];
  readonly env: (at: Surroundings) => Readonly<Record<string, string>>;
}
