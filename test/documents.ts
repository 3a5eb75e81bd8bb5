import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of this repository. */
export const root = join(import.meta.dirname, '..');

/** A Markdown file of this repository. */
export interface Document {
  /** Its path below the repository. */
  readonly path: string;
  readonly text: string;
}

/** The Markdown files that match, sorted by path. */
export function documents(...patterns: readonly string[]): Document[] {
  return globSync([...patterns], { cwd: root })
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** A document's text without its fenced blocks and comments. */
export function prose(text: string): string {
  return text.replaceAll(/^```[^]*?^```/gm, '').replaceAll(/<!--[^]*?-->/g, '');
}

/** The sentences of a document. A table cell, a heading and an item of a list each end one. */
export function sentences(text: string): string[] {
  const plain = prose(text)
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/`[^`]*`/g, 'code');
  return plain
    .split(/\n{2,}|\n(?=\s*(?:[-#|>]|\d+\.))|\|/)
    .map((block) => block.replaceAll(/\s+/g, ' ').trim())
    .flatMap((block) => block.split(/(?<=[.!?][)”*_]*) /))
    .filter((sentence) => /\w/.test(sentence));
}

/** How many words a sentence has. */
export function wordCount(sentence: string): number {
  return sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/** The targets of a document's links and images. */
export function links(text: string): string[] {
  return Array.from(prose(text).matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g), ([, target]) => target!);
}

/** The anchors that GitHub gives to a document's headings. */
export function anchors(text: string): string[] {
  return Array.from(prose(text).matchAll(/^#+ (.*)$/gm), ([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** The command lines in a document's shell blocks, without comments. A line that ends with a backslash goes on. */
export function commandLines(text: string): string[] {
  return Array.from(text.matchAll(/^```(?:sh|bash)\n([^]*?)^```/gm), ([, block]) => block!)
    .flatMap((block) => block.replaceAll(/\\\n\s*/g, '').split('\n'))
    .map((line) => line.replace(/(?:^|\s+)# .*$/, '').trim())
    .filter((line) => line !== '');
}

/** The command lines of ours in a document, in shell blocks and in the text. */
export function ourCommands(text: string): string[] {
  const inText = Array.from(prose(text).matchAll(/`([^`]+)`/g), ([, code]) => code!);
  return [...commandLines(text), ...inText]
    .flatMap((line) => line.split(/ && | \| /))
    .map((line) => line.replace(/^(?:[A-Z_]+=\S+ )*/, '').replace(/^npx (?=ctxd )/, ''))
    .filter((line) => /^(?:npm (?:run \S|test|link)|ctxd \w)/.test(line) && !line.includes('…'));
}
