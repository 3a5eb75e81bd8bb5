export type { ReceiverPage } from './http/receiver-app.ts';
export { startReceiver, type Receiver, type ReceiverOptions } from './receiver.ts';
export { receiverOptionsFrom } from './settings.ts';
