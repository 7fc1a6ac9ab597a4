// The first day with a stack on AWS: the same, through API Gateway.

import { Stack } from "../stack";
import { onStage } from "../stage";
import { dialogs } from "../story/dialogs";
import { everywhere } from "../story/everywhere";
import { expectations } from "../story/expectations";
import { firstDay } from "../story/first-day";
import { people } from "../story/people";
import { removed } from "../story/removed";
import { session } from "../story/session";
import { unread } from "../story/unread";

onStage(() => Stack.found());
firstDay();
expectations();
everywhere();
people();
dialogs();
session();
unread();
removed();
