import type { FileName } from './files.ts';

/** The parts of the stack. */
export type PartName = 'collector' | 'victoriametrics' | 'vmalert' | 'alertmanager' | 'receiver' | 'grafana';

/** All that differs between the runtimes; a part's flags and environment are functions of it. */
export interface Surroundings {
  /** Address that the part listens on, e.g. `127.0.0.1:8428` natively and `:8428` in a container. */
  readonly listen: (role?: 'main' | 'health') => string;
  /** Where the part keeps its data. */
  readonly dataDir: string;
  /** How this part reaches another one. */
  readonly url: (part: PartName) => string;
  /** How a browser on this machine reaches a part. */
  readonly publicUrl: (part: PartName) => string;
  /** Path of a shared file, as this part sees it. */
  readonly file: (name: FileName) => string;
  /** What whoever starts the stack has set a variable to. */
  readonly setting: (variable: string, fallback: string) => string;
}

/** An image by tag and digest. */
export interface Image {
  readonly name: string;
  readonly tag: string;
  /** Of the index of all platforms. */
  readonly digest: `sha256:${string}`;
  /** Where the part's data is mounted: the image's own place, so that its declared volume is covered. */
  readonly dataDir: string;
  /** The program, where the image does not start it by itself with the flags given. */
  readonly command?: readonly string[];
  /** Whether the image has `wget` to check the health from inside. */
  readonly wget: boolean;
}

/** A user, and the file with the password. */
export interface Login {
  readonly user: string;
  readonly passwordFile: FileName;
}

/** One part of the stack: everything both runtimes need to know of it. */
export interface Part {
  readonly name: PartName;
  /** Two lines: what it does, and what is special about how. */
  readonly comment: readonly [string, string];
  /** Release that both runtimes run. */
  readonly version: string;
  readonly image: Image;
  /** Port on 127.0.0.1; see `portVariable` for the environment variable that overrides it. */
  readonly port: number;
  /** Port of the health check, where it is another one. */
  readonly healthPort?: number;
  /** Path that answers 200 when the part is healthy. */
  readonly healthPath: string;
  /** Parts that have to be healthy before this one starts. */
  readonly after: readonly PartName[];
  /** Shared files that it reads. */
  readonly files: readonly FileName[];
  /** Whether the rest of the stack is useful without it. */
  readonly optional?: true;
  /** Whom alone it lets in, even to ask for its health. */
  readonly login?: Login;
  /** Whether it asks everyone who they are, so that `CTXD_BIND` may open it. */
  readonly opens?: true;
  /** Memory that its container may take. */
  readonly memoryLimit: string;
  /** How it checks its flags and configuration: words before and after its flags, and what it says if it then goes on to run. */
  readonly check?: {
    readonly before?: readonly string[];
    readonly after?: readonly string[];
    readonly accepted?: RegExp;
  };
  /** Folders whose files are parsed before its start, where it has no check of its own. */
  readonly parsed?: readonly FileName[];
  readonly args: (at: Surroundings) => readonly string[];
  /** Variables of whoever starts the stack that it gets to see. */
  readonly passes?: readonly string[];
  readonly env: (at: Surroundings) => Readonly<Record<string, string>>;
}
