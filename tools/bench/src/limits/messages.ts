/** What a limit server is told when it starts, and what it says then. */
export interface StartLimit {
  readonly jwtSecret: string;
}
export interface LimitStarted {
  readonly port: number;
}
