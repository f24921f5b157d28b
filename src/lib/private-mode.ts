/** Permissions of what this user alone may read: results and parameters hold secrets. */
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;
