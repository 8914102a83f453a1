export {ApiError, readDigest, type Fault} from "./error";
export {nextCursor, read, type Api} from "./client";
export * from "./schema";
