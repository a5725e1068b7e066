// The media service, as far as the vendor's call kit uses it: who is in which room. There is no sound and no picture.
import { EventEmitter } from "node:events";
import { putOut } from "./lines.mjs";

const clients = new Map(); // user -> Client

/** A microphone or a camera's picture, on its way. */
class Stream extends EventEmitter {
  #userId;
  #tracks;

  constructor({ userId, video = true }) {
    super();
    this.#userId = userId;
    this.#tracks = new Set(video ? [{ kind: "video", stop: () => {} }] : []);
  }

  getId = () => this.#userId;
  getUserId = () => this.#userId;
  getType = () => "main";
  hasAudio = () => true;
  hasVideo = () => this.#tracks.size > 0;
  getVideoTrack = () => [...this.#tracks][0];
  addTrack = async (track) => this.#tracks.add(track);
  removeTrack = async (track) => this.#tracks.delete(track);
  initialize = async () => {};
  setVideoProfile = () => {};
  play = async () => {};
  stop = () => {};
  close = () => {};
}

/** A user's way into a room. Whoever is in a room sends a stream there. */
class Client extends EventEmitter {
  #userId;
  #streams = new Map(); // of the others in the room

  constructor({ userId }) {
    super();
    this.#userId = userId;
    clients.set(userId, this);
  }

  join = async ({ roomId }) => putOut(this.#userId, { enters: roomId });
  publish = async () => {};
  unpublish = async () => {};
  subscribe = async (stream) => this.emit("stream-subscribed", { stream });
  enableAudioVolumeEvaluation = () => {};

  async leave() {
    this.#streams.clear();
    putOut(this.#userId, { enters: null });
  }

  entered(userId) {
    const stream = new Stream({ userId });
    this.#streams.set(userId, stream);
    this.emit("peer-join", { userId });
    this.emit("stream-added", { stream });
  }

  left(userId) {
    const stream = this.#streams.get(userId);
    if (!this.#streams.delete(userId)) return;
    this.emit("stream-removed", { stream });
    this.emit("peer-leave", { userId });
  }
}

/** What this user's media SDK hears: another one has entered their room, or left it. */
export const entered = (user, other) => clients.get(user).entered(other);
export const left = (user, other) => clients.get(user).left(other);

/** The module that the kit loads. */
export const TRTC = {
  VERSION: "4.15.0",
  Logger: { setLogLevel: () => {} },
  checkSystemRequirements: async () => ({ result: true }),
  getCameras: async () => [{ deviceId: "camera" }],
  getMicrophones: async () => [{ deviceId: "microphone" }],
  createClient: (options) => new Client(options),
  createStream: (options) => new Stream(options),
};
