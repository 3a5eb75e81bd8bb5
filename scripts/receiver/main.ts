import { pageOptionsFrom } from '../../dashboards/web/server/page-settings.ts';
import { webPage } from '../../dashboards/web/server/web-page.ts';
import { runReceiver } from '../../instrumentation/src/receiver/run-receiver.ts';
import { showNotification } from './desktop.ts';

/** The stack's receiver: the package's receiver plus the web page. */
await runReceiver(({ host = '127.0.0.1', port, token }) => {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host;
  const authorization = token && `Bearer ${token}`;
  const url = `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
  const options = pageOptionsFrom(process.env, { url, authorization });
  return options && webPage(options);
}, showNotification);
