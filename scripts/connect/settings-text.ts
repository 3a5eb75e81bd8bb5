import { isDeepStrictEqual } from 'node:util';
import { findNodeAtLocation, getNodeValue, type Node, parseTree } from 'jsonc-parser';

/**
 * Applies the change between two versions of a settings file to a third version, as a three-way merge. Everything outside the
 * change keeps every byte, and edits that somebody else made in the meantime stay.
 *
 * Connecting applies the change (file → file with our settings) to the file itself. Disconnecting applies the reverse change
 * to the file's current version.
 *
 * @param current - the JSON text to edit.
 * @param base - the JSON text before the change.
 * @param next - the JSON text after the change. New values are copied from it with their formatting.
 */
export function carryOver(current: string, base: string, next: string): string {
  return carry({ text: current, path: [], next }, parseTree(base), parseTree(next));
}

/** Formats a value as JSON with the indentation and the line endings of another text. */
export function formattedLike(text: string, value: unknown): string {
  const isOneLine = !text.trim().includes('\n') && text.trim() !== '{}';
  const indent = isOneLine ? '' : (/^([ \t]+)\S/m.exec(text)?.[1] ?? '  ');
  return JSON.stringify(value, null, indent).replaceAll('\n', text.includes('\r\n') ? '\r\n' : '\n');
}

interface Place {
  readonly text: string;
  readonly path: readonly string[];
  readonly next: string;
}

function carry(place: Place, base: Node | undefined, next: Node | undefined): string {
  if (same(base, next)) return place.text;
  const present = nodeAt(place);
  const type = present?.type;
  const inside = type === base?.type && (next === undefined || type === next.type);
  if (inside && type === 'object') return withoutEmpty(place, next, carryMembers(place, base, next));
  if (inside && type === 'array') return withoutEmpty(place, next, carryElements(place, base, next));
  return same(present, base) ? put(place, present, next) : place.text;
}

function carryMembers({ text, path, next }: Place, from: Node | undefined, to: Node | undefined): string {
  const names = new Set([...membersOf(from).keys(), ...membersOf(to).keys()]);
  return [...names].reduce((edited, name) => {
    const place = { text: edited, path: [...path, name], next };
    return carry(place, membersOf(from).get(name), membersOf(to).get(name));
  }, text);
}

function carryElements(place: Place, from: Node | undefined, to: Node | undefined): string {
  const gone = without(childrenOf(from), childrenOf(to));
  const removed = gone.reduce((text, element) => {
    const container = nodeAt({ ...place, text });
    const index = childrenOf(container).findIndex((child) => same(child, element));
    return index === -1 ? text : removeChild(text, container, index);
  }, place.text);
  const added = without(childrenOf(to), childrenOf(from));
  return added.reduce((text, element) => insertChild({ ...place, text }, element), removed);
}

/** Removes an object or array that we created, if nothing else is in it. */
function withoutEmpty(place: Place, next: Node | undefined, text: string): string {
  const left = nodeAt({ ...place, text });
  return next === undefined && childrenOf(left).length === 0 ? put({ ...place, text }, left, next) : text;
}

function put(place: Place, present: Node | undefined, next: Node | undefined): string {
  if (next === undefined) {
    const container = present?.parent?.parent;
    return removeChild(place.text, container, childrenOf(container).indexOf(present?.parent as Node));
  }
  if (present !== undefined) return spliced(place.text, present, rawOf(place.next, next));
  return insertChild({ ...place, path: place.path.slice(0, -1) }, next.parent as Node);
}

/** Removes a member or an element with its comma and white space. */
function removeChild(text: string, container: Node | undefined, index: number): string {
  const [before, child, after] = [index - 1, index, index + 1].map((at) => childrenOf(container)[at]);
  if (container === undefined || child === undefined) return text;
  const start = before ? endOf(before) : after ? child.offset : container.offset + 1;
  const end = before || !after ? endOf(child) : after.offset;
  return spliced(text, { offset: start, length: (before || after ? end : endOf(container) - 1) - start }, '');
}

/** Adds a member or an element at the end, on its own line if its neighbour has one. */
function insertChild(place: Place, child: Node): string {
  const container = nodeAt(place) as Node;
  const raw = rawOf(place.next, child);
  const last = childrenOf(container).at(-1);
  if (last) {
    return spliced(place.text, { offset: endOf(last), length: 0 }, `,${spaceBefore(place.text, last)}${raw}`);
  }
  const model = child.parent as Node;
  const close = spaceBefore(place.next, { offset: endOf(model) - 1 });
  const inside = { offset: container.offset + 1, length: container.length - 2 };
  return spliced(
    place.text,
    inside,
    `${spaceBefore(place.next, childrenOf(model)[0] as Node)}${raw}${close}`,
  );
}

function nodeAt({ text, path }: Place): Node | undefined {
  const root = parseTree(text);
  return root && findNodeAtLocation(root, [...path]);
}

function membersOf(node: Node | undefined): Map<string, Node> {
  return new Map(childrenOf(node).map(({ children = [] }) => [children[0]?.value, children[1] as Node]));
}

function without(nodes: readonly Node[], others: readonly Node[]): Node[] {
  const left = [...others];
  return nodes.filter((node) => {
    const index = left.findIndex((other) => same(node, other));
    if (index !== -1) left.splice(index, 1);
    return index === -1;
  });
}

function same(one: Node | undefined, other: Node | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return isDeepStrictEqual(getNodeValue(one), getNodeValue(other));
}

const childrenOf = (node: Node | undefined): readonly Node[] => node?.children ?? [];
const endOf = ({ offset, length }: Pick<Node, 'offset' | 'length'>) => offset + length;
const rawOf = (text: string, node: Node) => text.slice(node.offset, endOf(node));

function spaceBefore(text: string, { offset }: Pick<Node, 'offset'>): string {
  const before = text.slice(0, offset);
  return before.slice(before.trimEnd().length);
}

function spliced(text: string, { offset, length }: Pick<Node, 'offset' | 'length'>, content: string): string {
  return text.slice(0, offset) + content + text.slice(offset + length);
}
