// Short names for what the OpenAPI document calls so.

import type { Schemas } from "./client";

export type Role = Schemas["Role"];
export type Session = Schemas["Session"];
export type SignIn = Schemas["SignInOptions"];
export type User = Schemas["User"];
export type NetworkRun = Schemas["NetworkRun"];
