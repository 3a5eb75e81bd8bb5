/** The shape of a JSON value: its primitive types, its properties by name, its elements. */
export interface Shape {
  readonly types: readonly string[];
  /** A name that ends with `?` is not always there. */
  readonly properties?: Readonly<Record<string, Shape>> | undefined;
  readonly elements?: Shape | undefined;
}

const nothing: Shape = { types: [] };

/** The shape of one value. */
export function shapeOf(value: unknown): Shape {
  if (Array.isArray(value))
    return { types: [], elements: value.map((one) => shapeOf(one)).reduce(merged, nothing) };
  if (typeof value !== 'object' || value === null) return { types: [value === null ? 'null' : typeof value] };
  const properties = Object.entries(value).map(([name, one]) => [name, shapeOf(one)] as const);
  return { types: [], properties: Object.fromEntries(properties) };
}

/** The shape of values that have either shape. */
export function merged(one: Shape, other: Shape): Shape {
  return {
    types: [...new Set([...one.types, ...other.types])].toSorted(),
    properties: mergedProperties(one.properties, other.properties),
    elements:
      one.elements && other.elements
        ? merged(one.elements, other.elements)
        : (one.elements ?? other.elements),
  };
}

function mergedProperties(one: Shape['properties'], other: Shape['properties']): Shape['properties'] {
  if (one === undefined || other === undefined) return one ?? other;
  const of = (shapes: NonNullable<Shape['properties']>, name: string) => shapes[name] ?? shapes[`${name}?`];
  const names = new Set([...Object.keys(one), ...Object.keys(other)].map((name) => name.replace(/\?$/, '')));
  const all = Array.from(names, (name): [string, Shape] => {
    const isAlways = name in one && name in other;
    return [isAlways ? name : `${name}?`, merged(of(one, name) ?? nothing, of(other, name) ?? nothing)];
  });
  return Object.fromEntries(all);
}

/** A shape as JSON, for people: `"number | null"`, `{ "name?": "string" }`, `["string"]`; several in `anyOf`. */
export function written({ types, properties, elements }: Shape): unknown {
  const kinds: unknown[] = types.length > 0 ? [types.join(' | ')] : [];
  if (properties)
    kinds.push(Object.fromEntries(Object.entries(properties).map(([name, shape]) => [name, written(shape)])));
  if (elements)
    kinds.push(
      elements.types.length === 0 && !elements.properties && !elements.elements ? [] : [written(elements)],
    );
  return kinds.length > 1 ? { anyOf: kinds } : kinds[0];
}

/** The reverse of {@link written}. */
export function read(text: unknown): Shape {
  if (typeof text === 'string') return { types: text.split(' | ') };
  if (Array.isArray(text)) return { types: [], elements: text.length === 0 ? nothing : read(text[0]) };
  const properties = text as Readonly<Record<string, unknown>>;
  if (Array.isArray(properties['anyOf'])) return properties['anyOf'].map((one) => read(one)).reduce(merged);
  return {
    types: [],
    properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, read(one)])),
  };
}
