/** User and password as the `authorization` header has them after `Basic`. */
export function basicCredentials(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString('base64');
}
