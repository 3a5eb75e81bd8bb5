import { useEffect, useState } from 'preact/hooks';

/** The view that the page shows, from the URL after `#`. */
export type Route =
  | { readonly view: 'overview' | 'past' | 'alerts' | 'health' }
  | {
      readonly view: 'session';
      readonly id: string;
      /** In Unix seconds; without it, the view is live. */
      readonly span?: { readonly from: number; readonly to: number } | undefined;
    };

/** Parses the URL after `#`. An unknown one gives the overview. */
export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  if (path === 'past' || path === 'alerts' || path === 'health') return { view: path };
  const id = /^session\/(.+)$/.exec(path)?.[1];
  if (id === undefined) return { view: 'overview' };
  const given = new URLSearchParams(query);
  const [from, to] = [Number(given.get('from')), Number(given.get('to'))];
  return { view: 'session', id: decoded(id), ...(from > 0 && to > from && { span: { from, to } }) };
}

/** The URL of a session, live or over a time range in Unix seconds. */
export function sessionAddress(id: string, span?: { readonly from: number; readonly to: number }): string {
  const query = span === undefined ? '' : `?from=${Math.floor(span.from)}&to=${Math.ceil(span.to)}`;
  return `#/session/${encodeURIComponent(id)}${query}`;
}

/** The current route; updates when the URL changes. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const listener = () => setHash(location.hash);
    addEventListener('hashchange', listener);
    return () => removeEventListener('hashchange', listener);
  }, []);
  return routeOf(hash);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
