export type { ReceiverPage } from './http/receiver-app.ts';
export { startReceiver, type Receiver } from './receiver.ts';
export type { ReceiverOptions } from './receiver-options.ts';
export { receiverOptionsFrom } from './settings.ts';
