export { socketFolder } from './socket-folder.ts';
