// Made from the OpenAPI document by `npm run types`.

export interface paths {
    "/agent/access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks for access, with a signature */
        post: operations["access"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/enrol": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks to be let in, with a one-time token */
        post: operations["enrol"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/results/{run}/{task}/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Brings a result
         * @description The name is the first 16 hexadecimal digits of the SHA-256 of the body.
         */
        put: operations["upload_result"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says how it is */
        post: operations["status"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/tasks/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Is done with a task */
        post: operations["acknowledge_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/tasks/begin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begins a task, or learns that nobody wants it any more */
        post: operations["begin_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/tasks/extend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Holds a task */
        post: operations["extend_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/tasks/receive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Waits for tasks */
        post: operations["receive_tasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/tasks/refuse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Will never do a task */
        post: operations["refuse_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/tasks/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hands a task back */
        post: operations["release_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All agents, in the order in which they enrolled */
        get: operations["agents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agents/{agent}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One agent */
        get: operations["agent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agents/{agent}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets an agent work */
        post: operations["approve_agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agents/{agent}/hide": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Leaves an agent out of lists */
        post: operations["hide_agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agents/{agent}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets an agent work for another site */
        post: operations["move_agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agents/{agent}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Shuts an agent out at once and for good */
        post: operations["revoke_agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agents/{agent}/show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Shows an agent in lists again */
        post: operations["show_agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is wrong, newest first */
        get: operations["alerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/alerts/actions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Does the same about several alerts */
        post: operations["act_on_alerts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/alerts/{alert}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One alert, with its history */
        get: operations["alert"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/alerts/{alert}/actions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Does something about an alert */
        post: operations["act_on_alert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What people changed, newest first
         * @description A page may be short, or empty, although more follow.
         */
        get: operations["audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All that people changed, as a file, newest first */
        get: operations["export_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All channels, without their secrets */
        get: operations["channels"];
        put?: never;
        /** Makes a channel */
        post: operations["create_channel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/channels/{channel}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One channel */
        get: operations["channel"];
        /**
         * Changes a channel
         * @description Settings that are absent stay as they are, and so does an absent secret.
         */
        put: operations["edit_channel"];
        post?: never;
        /** Removes a channel */
        delete: operations["delete_channel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/channels/{channel}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends a test
         * @description An other side that does not answer within 40 seconds, 20 on AWS, is a test that failed, and may work later.
         */
        post: operations["test_channel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/clean-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Clean-ups that go on, and those of the last 90 days; newest first */
        get: operations["clean_ups"];
        put?: never;
        /**
         * Cleans up a site, a network of it or some addresses
         * @description As if nothing had ever looked there: the next scan is a first look. What is set up stays: networks, scans, agents. 202
         *     where it is too much for one request: the server goes on with it.
         */
        post: operations["clean_up"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/clean-up/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a clean-up would remove; nothing is */
        post: operations["preview_clean_up"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/clean-up/{clean_up}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One clean-up: how far it is */
        get: operations["clean_up_state"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/deltas/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Expects from now on what ports turned into */
        post: operations["accept_deltas"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is well and what is not, in the order in which people should look */
        get: operations["doctor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/enrolments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Enrolments that nobody has used yet */
        get: operations["enrolments"];
        put?: never;
        /** Makes an enrolment: a token that lets one agent in */
        post: operations["create_enrolment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/enrolments/{enrolment}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Voids an enrolment */
        delete: operations["delete_enrolment"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens, as server-sent events
         * @description `system`, `run.progress`, `run.finished`, `agent.status`, `alert.opened`, `alert.changed`, `alert.closed`; the data of each is
         *     JSON. First comes what happened since, of the last hour, for who sends `Last-Event-ID`; some of it may come twice.
         *     Then what is so now: every run that goes on and every agent; then `system` with the code `ready`. Where answers can't
         *     be streamed, the answer ends there, and `retry` says when to ask again. A viewer gets no `agent.status`, but `system`
         *     with the code `agents` where an agent is not as it was.
         */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/expectation-file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All expectations as a file
         * @description YAML, by id, those that expired too. `PUT` takes it back.
         */
        get: operations["expectation_file"];
        /**
         * Lets expectations be what a file says
         * @description What it names is made or changed; the rest stays, unless `prune`. A file with a mistake changes nothing, and is refused
         *     with the line and column of the mistake. With `prune` it must say which version it replaces, or it would remove what
         *     somebody else made meanwhile.
         */
        put: operations["apply_expectation_file"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/expectation-file/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What applying a file would do */
        post: operations["preview_expectation_file"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/expectations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Expectations, also those that expired */
        get: operations["expectations"];
        put?: never;
        /** Makes an expectation */
        post: operations["create_expectation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/expectations/{expectation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One expectation */
        get: operations["expectation"];
        /** Changes an expectation */
        put: operations["edit_expectation"];
        post?: never;
        /** Removes an expectation */
        delete: operations["delete_expectation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the server can work */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invitations/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sets a password by an invitation, and signs in */
        post: operations["accept_invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The newest lines of the log, newest first
         * @description The embedded server keeps about 2,000, and forgets them when it ends. On AWS there are none: `elsewhere` says where
         *     the log is.
         */
        get: operations["logs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who asks */
        get: operations["me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Changes the password of who is signed in
         * @description All their other sessions end.
         */
        put: operations["change_password"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/moves/{move}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far an import is */
        get: operations["move"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/moves/{move}/frames/{frame}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Takes a frame of an export in
         * @description In the order of their numbers, from 0. One that was taken before changes nothing. With the last one the scans begin.
         */
        put: operations["put_frame"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/network-cards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Networks at a glance, one card for each site that saw it
         * @description A card changes its place with each run of its network, unless they are sorted by name: one that does so between two
         *     pages may come again, or not at all.
         */
        get: operations["network_cards"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/networks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All networks */
        get: operations["networks"];
        put?: never;
        /** Makes a network */
        post: operations["create_network"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/networks/{network}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One network */
        get: operations["network"];
        /** Changes a network */
        put: operations["edit_network"];
        post?: never;
        /**
         * Removes a network
         * @description Addresses, their state and reports stay.
         */
        delete: operations["delete_network"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/networks/{network}/compliance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What of a network is not as expected, by address
         * @description A page may have fewer lines than asked for, even none, while there are more; and more than asked for, as a block of
         *     256 addresses is never cut.
         */
        get: operations["compliance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/networks/{network}/coverage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What of a network was covered when, block by block */
        get: operations["network_coverage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/networks/{network}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What changed in a network, newest run first */
        get: operations["network_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/networks/{network}/map": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The addresses of a network, in blocks of 256; a page may end before its limit, at 200 kilobytes
         * @description Of a network with more than 65,536 addresses, and of `unassigned`, only blocks of which something is known are listed.
         */
        get: operations["network_map"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/networks/{network}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What each run found in a network, newest first: its scores, hosts and open ports over time */
        get: operations["network_runs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How everything is */
        get: operations["overview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/queues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All queues, and how full they are */
        get: operations["queues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/queues/{queue}/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What nobody could finish, oldest first */
        get: operations["dead_letters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/queues/{queue}/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tries everything again that was given up */
        post: operations["redrive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/registrations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a viewer of who asks, where that is switched on, and signs in */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Reports, newest first */
        get: operations["reports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reports/{run}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One report */
        get: operations["report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reports/{run}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A report as a file
         * @description Streamed: an answer that ends with an error is not whole. Cells of CSV are no formulas.
         */
        get: operations["export_report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is kept how long */
        get: operations["retention"];
        /** Sets what is kept how long; the next sweep applies it */
        put: operations["set_retention"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/retention/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What would go with a retention; nothing does */
        post: operations["preview_retention"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs of scans and imports, newest first */
        get: operations["runs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One run, with its progress */
        get: operations["run"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ends a run
         * @description Nothing counts towards it any more; its report says what came so far. One that has ended stays as it is.
         */
        post: operations["cancel_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run}/deltas": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The changes of a run, by address */
        get: operations["run_deltas"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/runs/{run}/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The tasks of a run, by their number
         * @description Imports and scans of the command line have none.
         */
        get: operations["run_tasks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/scan-options/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Options of a scan as fields and as text
         * @description Either is made of the other. What cannot be read stays as it was written, and is named.
         */
        post: operations["preview_scan_options"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/scans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All scans, oldest first */
        get: operations["scans"];
        put?: never;
        /** Makes a scan */
        post: operations["create_scan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/scans/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a scan would do */
        post: operations["preview_scan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/scans/{scan}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One scan */
        get: operations["scan"];
        /** Changes a scan, from its next run on */
        put: operations["edit_scan"];
        post?: never;
        /**
         * Lets a scan never run again
         * @description Its history stays.
         */
        delete: operations["deactivate_scan"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/scans/{scan}/clone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a scan like another one, with its schedule switched off */
        post: operations["clone_scan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/scans/{scan}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets the schedule of a scan not fire */
        post: operations["pause_scan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/scans/{scan}/reports.zip": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All reports of a scan as a ZIP file
         * @description Each as CSV, JSON, text and HTML, newest first, and `index.csv`. Streamed: an answer that ends with an error is not
         *     whole.
         */
        get: operations["export_reports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/scans/{scan}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets the schedule of a scan fire again */
        post: operations["resume_scan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/scans/{scan}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Runs a scan now
         * @description One run for each site; the same `Idempotency-Key` again gives the same runs.
         */
        post: operations["start_runs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/scans/{scan}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The runs of a scan, newest first */
        get: operations["timeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/schedules/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** When a schedule fires */
        post: operations["preview_schedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Finds hosts
         * @description A page may have fewer hosts than asked for, even none, while there are more.
         */
        get: operations["search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in */
        get: operations["session"];
        put?: never;
        /**
         * Signs in
         * @description The session that the browser held ends. After some failures one must wait, longer each time.
         */
        post: operations["sign_in"];
        /** Signs out */
        delete: operations["sign_out"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Signs out everywhere */
        delete: operations["sign_out_everywhere"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/settings/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How people come in */
        get: operations["people_settings"];
        /**
         * Changes how people come in
         * @description A client secret that is absent stays, as long as the provider and the client do.
         */
        put: operations["set_people_settings"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The ways in */
        get: operations["sign_in_options"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/single-sign-on/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Takes the browser back from the provider, and signs in
         * @description Leads to the page that was wanted, or to `/sign-in?error=CODE`.
         */
        get: operations["end_single_sign_on"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/single-sign-on/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Leads the browser to the provider */
        get: operations["start_single_sign_on"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All sites
         * @description The id of a site counts as a name of it.
         */
        get: operations["sites"];
        put?: never;
        /** Makes a site */
        post: operations["create_site"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sites/{site}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One site */
        get: operations["site"];
        /** Changes a site */
        put: operations["edit_site"];
        post?: never;
        /**
         * Lets no more runs begin at a site
         * @description What was found there stays; `PUT` makes it active again.
         */
        delete: operations["deactivate_site"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sites/{site}/deltas": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The changes of a site, newest run first */
        get: operations["deltas"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sites/{site}/hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The hosts of a site, by address
         * @description A page may have fewer hosts than asked for, even none, while there are more.
         */
        get: operations["hosts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sites/{site}/hosts/{address}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One host */
        get: operations["host"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sites/{site}/hosts/{address}/expected": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is expected of a port, and who said so */
        get: operations["expected_of_port"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sites/{site}/hosts/{address}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is known of an address, and what ever changed there, newest first
         * @description A page may have fewer changes than asked for, even none, while there are more.
         */
        get: operations["history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sites/{site}/hosts/{address}/note": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What people remember of a host; empty where nobody wrote anything */
        get: operations["host_note"];
        /** Changes what people remember of a host */
        put: operations["set_host_note"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sites/{site}/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a scanner's output in
         * @description nmap XML or grepable, masscan, naabu, rustscan or lines of `address,port,protocol`, packed with gzip or zstd or not.
         */
        post: operations["import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sites/{site}/results/{result}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A result: who scanned what with what, and what is kept of it */
        get: operations["result"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All tokens of people and programs, oldest first */
        get: operations["tokens"];
        put?: never;
        /** Makes a token for a person or program */
        post: operations["create_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tokens/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Voids a token at once */
        delete: operations["revoke_token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All users by name */
        get: operations["users"];
        put?: never;
        /** Makes a user, who is invited to set a password where none is given */
        post: operations["create_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One user */
        get: operations["user"];
        /**
         * Changes a user
         * @description Who is disabled is signed out at once. Somebody who can sign in stays an administrator.
         */
        put: operations["edit_user"];
        post?: never;
        /** Removes a user, who is signed out at once */
        delete: operations["delete_user"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{user}/invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Invites a user to set a password; what was sent before is void */
        post: operations["invite_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/watched-ports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The ports that are watched */
        get: operations["watched_ports"];
        /** Replaces the ports that are watched */
        put: operations["set_watched_ports"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description `POST /deltas/accept`: expects from now on what ports turned into. 1 to 500 changes and alerts. */
        AcceptDeltas: {
            /** @description The ids of alerts about ports: what is open should be, and what is missing should not be. */
            alerts?: string[];
            /** @description Changes: ports that opened or closed, services that changed. */
            deltas?: components["schemas"]["AcceptedDelta"][];
            expires?: components["schemas"]["Time"] | null;
            /** @description Who answers for it. */
            owner?: string;
            /** @description Why. */
            reason: string;
        };
        /** @description `POST /invitations/accept`: answers with a [`Session`](super::Session). */
        AcceptInvitation: {
            /** @description What the administrator passed on. */
            invitation: string;
            /** @description At least 12 characters that nobody guesses. */
            password: string;
        };
        /** @description A change, and where it is. */
        AcceptedDelta: {
            /** @description `address` of the change. */
            address: string;
            /** @description `id` of the change. */
            id: string;
            /** @description `site` of the change. */
            site: string;
        };
        /** @description What accepting made. */
        AcceptedDeltas: {
            /** @description An expectation for each change, then for each alert. */
            expectations: components["schemas"]["Expectation"][];
        };
        /** @description The answer to [`AskAccess`]. */
        Access: {
            /**
             * Format: int32
             * @description How long to wait before asking again while pending.
             */
            ask_again_seconds: number;
            /**
             * Format: int32
             * @description How often while it works on something, where that is oftener: so soon it hears that its work is cancelled.
             */
            busy_status_seconds?: number | null;
            lent?: components["schemas"]["Lent"] | null;
            /**
             * Format: int32
             * @description What the server speaks.
             */
            protocol: number;
            /**
             * Format: int64
             * @description The server's clock, from which the agent knows how far its own is off.
             */
            server_time: number;
            /** @description Its site; may change when an administrator moves it. */
            site: string;
            /** @description Whether it gets work. */
            standing: components["schemas"]["Standing"];
            /**
             * Format: int32
             * @description How often to report the status.
             */
            status_seconds: number;
        };
        /** @description `POST /agent/tasks/acknowledge` */
        Acknowledge: {
            /** @description Which delivery. */
            receipt: string;
        };
        /** @description An agent as an administrator sees it. */
        Agent: {
            approved?: components["schemas"]["Time"] | null;
            /**
             * Format: int64
             * @description How far its clock is ahead of the server's, in seconds; negative where behind.
             */
            clock_ahead?: number | null;
            /** @description When it enrolled. */
            enrolled: components["schemas"]["Time"];
            /** @description What it says about itself. */
            facts: components["schemas"]["AgentFacts"];
            /** @description It is left out of lists. */
            hidden: boolean;
            /** @description A UUID. */
            id: string;
            /** @description The first 16 digits of its public key, for comparing with what the agent prints. */
            key: string;
            last_seen?: components["schemas"]["Time"] | null;
            /** @description Load of its machine. */
            load: components["schemas"]["Load"];
            /** @description What its owner called it. */
            name: string;
            /** @description Whose tasks it gets. */
            site: string;
            /** @description What waits in its spool. */
            spooled: components["schemas"]["Spooled"];
            /** @description How it is. */
            status: components["schemas"]["AgentStatus"];
            /** @description What it works on. */
            tasks: components["schemas"]["TaskProgress"][];
        };
        /** @description Agents by how they are. */
        AgentCounts: {
            /**
             * Format: int64
             * @description They say nothing.
             */
            offline: number;
            /**
             * Format: int64
             * @description They wait for work.
             */
            online: number;
            /**
             * Format: int64
             * @description They wait for their approval.
             */
            pending: number;
            /**
             * Format: int64
             * @description They work.
             */
            scanning: number;
        };
        /** @description What an agent says about itself. Nothing of this is ever called back or trusted. */
        AgentFacts: {
            /**
             * @description Addresses of its interfaces.
             * @default []
             */
            addresses: string[];
            /**
             * @description The ranges that its owner allows, as targets; empty for all.
             * @default
             */
            allowed: string;
            /**
             * Format: int32
             * @description How many tasks it works on at once.
             * @default 0
             */
            concurrency: number;
            /**
             * @description Host name.
             * @default
             */
            host_name: string;
            /**
             * @description What its owner allows, in words: `10.0.0.0/8 except 10.9.0.0/16; ports all; at most 500 packets a second`.
             * @default
             */
            limits: string;
            /**
             * @description MAC addresses of its interfaces, `00:00:5e:00:53:01`.
             * @default []
             */
            macs: string[];
            /**
             * @description Version of nmap; none where there is no nmap.
             * @default null
             */
            nmap_version: string | null;
            /**
             * @description It may send raw packets.
             * @default false
             */
            privileged: boolean;
            /**
             * @description Operating system and architecture: `linux x86_64`.
             * @default
             */
            system: string;
            /**
             * @description Version of Portdelta.
             * @default
             */
            version: string;
        };
        /**
         * @description How an agent is.
         * @enum {string}
         */
        AgentStatus: "pending" | "online" | "scanning" | "offline" | "revoked";
        /** @description A thing that is wrong now, and stays one until covered evidence resolves it. */
        Alert: {
            /** @description The address, where it is about one. */
            address?: string | null;
            /** @description When it last changed. */
            changed: components["schemas"]["Time"];
            /**
             * Format: int32
             * @description How often it opened.
             */
            episode: number;
            /** @description Who did what, oldest first; in lists empty. */
            history?: components["schemas"]["AlertEvent"][];
            /** @description Its id; the same thing keeps it over all episodes. */
            id: string;
            ignored_until?: components["schemas"]["Time"] | null;
            /** @description When this episode opened. */
            opened: components["schemas"]["Time"];
            /**
             * Format: int32
             * @description 0 to 65,535
             */
            port?: number | null;
            /** @description `tcp` */
            protocol?: string | null;
            /** @description The rule that it violates, or the kind of trouble: `watched-port`, `silent-agent`, `missed-schedule`, ... */
            rule: string;
            /** @description How much it matters. */
            severity: components["schemas"]["Severity"];
            /** @description Where; absent where it is about no site. */
            site?: string | null;
            /** @description How it is. */
            state: components["schemas"]["AlertState"];
            /** @description One line for people: `3389/tcp (RDP) is open at 192.0.2.7`. */
            title: string;
        };
        /** @description `POST /alerts/{alert}/actions`: what somebody does about it. */
        AlertAction: {
            /** @enum {string} */
            action: "acknowledge";
            /** @description At most 1,000 characters. */
            note?: string;
        } | {
            /** @enum {string} */
            action: "action";
            /** @description At most 1,000 characters. */
            note?: string;
        } | {
            /** @enum {string} */
            action: "ignore";
            /** @description Why, 1 to 1,000 characters. */
            reason: string;
            /** @description Until then. */
            until: components["schemas"]["Time"];
        } | {
            /** @enum {string} */
            action: "reopen";
            /** @description At most 1,000 characters. */
            note?: string;
        };
        /** @description Alerts by how much they matter. */
        AlertCounts: {
            /**
             * Format: int64
             * @description Look at them now.
             */
            critical: number;
            /**
             * Format: int64
             * @description Look at them today.
             */
            high: number;
            /**
             * Format: int64
             * @description Good to know.
             */
            low: number;
            /**
             * Format: int64
             * @description Look at them this week.
             */
            medium: number;
        };
        /** @description One line of an alert's history. */
        AlertEvent: {
            /** @description Who: the id of a token, or absent where a result did. */
            actor?: string | null;
            /** @description `opened`, `acknowledged`, `ignored`, `resolved`, ... */
            event: string;
            /** @description What they said, or what it was. */
            note?: string;
            /** @description When. */
            time: components["schemas"]["Time"];
        };
        /**
         * @description How an alert is.
         * @enum {string}
         */
        AlertState: "open" | "acknowledged" | "actioned" | "ignored" | "resolved" | "dormant";
        /** @description What applying a file of expectations did, or would do. */
        AppliedExpectations: {
            /** @description Those that were there and are different now. */
            changed: components["schemas"]["Expectation"][];
            /** @description New ones, in the order of the file. */
            made: components["schemas"]["Expectation"][];
            /** @description Those that the file does not name; only with `prune`. */
            removed: components["schemas"]["Expectation"][];
            /**
             * Format: int64
             * @description How many were so already.
             */
            unchanged: number;
        };
        /** @description `POST /agent/access`: who am I, and what may I use? */
        AskAccess: {
            /** @description Its id. */
            agent: string;
            /**
             * Format: int64
             * @description Its clock; a signature is refused when it is more than five minutes off.
             */
            at: number;
            /** @description What it says about itself now. */
            facts: components["schemas"]["AgentFacts"];
            /** @description Random, never the same twice: 16 bytes in hexadecimal digits. */
            nonce: string;
            /**
             * Format: int32
             * @description The version of the protocol that it speaks.
             */
            protocol: number;
            /** @description Of [`signature::access_message`](crate::signature::access_message). */
            signature: string;
        };
        /** @description `POST /scan-options/preview`: a text to read, or fields to write. */
        AskOptions: {
            fields?: components["schemas"]["OptionFields"] | null;
            /** @description Options in nmap's spelling, at most 8 KiB. With fields: what goes behind them. */
            text?: string;
        };
        /** @description `POST /schedules/preview` */
        AskSchedule: {
            /** @description Times in which it would not run, as those of a scan. */
            blackout_windows?: string[];
            /**
             * Format: int32
             * @description How many of the next runs, 1 to 50.
             */
            count?: number;
            /** @description When a scan would run. */
            schedule: components["schemas"]["Schedule"];
            since?: components["schemas"]["Time"] | null;
        };
        /** @description Something that needs attention. */
        Attention: {
            /** @description What to do about it. */
            hint: string;
            /**
             * @description `alert`, `agent-pending`, `run-partial`, `run-unattended`, `no-agent`, `no-scan`, or a kind of trouble: `silent-agent`,
             *     `missed-schedule`, `run-overdue`, `coverage-low`, `result-refused`, `dead-letter`.
             */
            kind: string;
            /** @description The page of the dashboard that is about it: `/alerts/0123...`. */
            link: string;
            /** @description How much it matters. */
            severity: components["schemas"]["Severity"];
            /** @description What is the matter. */
            text: string;
        };
        /** @description Something that somebody changed, by the API. */
        AuditEntry: {
            /** @description What else is good to know: `name=Weekly`, `role=admin`; never a secret. */
            detail: string;
            /** @description A UUID. */
            id: string;
            /** @description The thing that was changed, by its id or name; empty where there is one of its kind. */
            object: string;
            /** @description When. */
            time: components["schemas"]["Time"];
            /** @description What: `scan.created`, `alert.acted`, `user.removed`, ... */
            what: string;
            /** @description Who: `user anna`, or `token` and its id. */
            who: string;
        };
        /** @description `POST /agent/tasks/begin` */
        Begin: {
            /** @description The run. */
            run: string;
            /**
             * Format: int32
             * @description The task.
             */
            task: number;
        };
        /** @description The answer to [`Begin`]. */
        Begun: {
            /** @enum {string} */
            answer: "go-on";
        } | {
            /** @enum {string} */
            answer: "drop";
            /** @description `cancelled`, `finished`, `done`, `replaced`. */
            reason: string;
        };
        /** @description `POST /alerts/actions`: the same for several. */
        BulkAction: components["schemas"]["AlertAction"] & {
            /** @description Their ids, 1 to 500. */
            alerts: string[];
        };
        /** @description What became of one of several. */
        BulkLine: {
            /** @description The alert. */
            alert: string;
            problem?: components["schemas"]["Problem"] | null;
            state?: components["schemas"]["AlertState"] | null;
        };
        /** @description What became of a [`BulkAction`]. */
        BulkOutcome: {
            /** @description One for each alert, in the order of the request. */
            outcomes: components["schemas"]["BulkLine"][];
        };
        /** @description The last run of a card. */
        CardRun: {
            /** @description When its report was written. */
            finished: components["schemas"]["Time"];
            /** @description Its id. */
            id: string;
            /** @description The id of its scan; empty for an import. */
            scan: string;
            /** @description When it began. */
            started: components["schemas"]["Time"];
            /** @description `complete`, `partial`, `cancelled` or `expired`. */
            state: components["schemas"]["RunState"];
            /** @description The scan's name, or what was imported. */
            title: string;
        };
        /** @description `PUT /me/password`: all other sessions of the user end. */
        ChangePassword: {
            /** @description The password as it is. */
            current: string;
            /** @description At least 12 characters that nobody guesses. */
            new: string;
        };
        /** @description A way out. Secrets are never shown again. */
        Channel: {
            /** @description When it was made. */
            created: components["schemas"]["Time"];
            /** @description It is used. */
            enabled: boolean;
            /** @description What goes there. */
            filter: components["schemas"]["ChannelFilter"];
            /** @description A UUID. */
            id: string;
            last_delivered?: components["schemas"]["Time"] | null;
            /** @description Why the newest delivery failed; absent where it did not. */
            last_error?: string | null;
            /** @description What people call it. */
            name: string;
            /** @description Where and how, without secrets. */
            settings: components["schemas"]["ChannelView"];
        };
        /** @description `POST /channels` and `PUT /channels/{channel}` */
        ChannelDraft: {
            /** @description It is used. */
            enabled?: boolean;
            /** @description What goes there. */
            filter?: components["schemas"]["ChannelFilter"];
            /** @description 1 to 100 characters. */
            name: string;
            settings?: components["schemas"]["ChannelSettings"] | null;
        };
        /** @description What goes to a channel; everything that is set must hold. */
        ChannelFilter: {
            /**
             * @description All alerts go at once, not only critical ones; what first looks find still goes with the digest.
             * @default false
             */
            at_once: boolean;
            /**
             * @description Only these kinds of notification, `digest` or `alert`; all where empty.
             * @default []
             */
            kinds: string[];
            /** @default null */
            min_severity: components["schemas"]["Severity"] | null;
            /**
             * @description Only these networks; all where empty.
             * @default []
             */
            networks: string[];
            /**
             * @description Also digests of runs that changed nothing.
             * @default false
             */
            quiet_runs: boolean;
            /**
             * @description Only these scans, by id; all where empty.
             * @default []
             */
            scans: string[];
            /**
             * @description Only these sites; all where empty.
             * @default []
             */
            sites: string[];
        };
        /** @description Where and how to deliver, with secrets: written, never read. */
        ChannelSettings: {
            /** @description The sender. */
            from: string;
            /** @description Host name or address. */
            host: string;
            /** @description The password. */
            password?: string | null;
            /**
             * Format: int32
             * @description 465 with `tls`, 587 with `starttls`, 25 with `none` where absent.
             */
            port?: number | null;
            /** @description How the connection is protected. */
            security?: components["schemas"]["SmtpSecurity"];
            /** @description The recipients, at least one. */
            to: string[];
            /** @enum {string} */
            type: "smtp";
            /** @description For sign-in. */
            user?: string | null;
        } | {
            /** @description The address may be on the server's machine or in a private network. */
            allow_private?: boolean;
            /** @description The key of the signature, 16 to 200 characters. */
            secret?: string | null;
            /** @enum {string} */
            type: "webhook";
            /** @description `https://...`; plain `http` and private addresses only with `allow_private`. */
            url: string;
        } | {
            /** @description The address may be on the server's machine or in a private network. */
            allow_private?: boolean;
            /** @enum {string} */
            type: "slack";
            /** @description Where; a secret, as it stands for the right to post. With `PUT` it may be absent. */
            url?: string | null;
        } | {
            /** @description Its arguments; nothing in them is replaced. */
            arguments?: string[];
            /** @description Its name in the folder of programs that the server was started with. */
            path: string;
            /**
             * Format: int32
             * @description After so long it is ended, 1 to 600.
             */
            timeout_seconds?: number;
            /** @enum {string} */
            type: "program";
        } | {
            /** @description `arn:aws:sns:<region>:<account>:<name>` */
            arn: string;
            /** @enum {string} */
            type: "topic";
        } | {
            /** @description Its name or ARN. */
            name: string;
            /** @enum {string} */
            type: "bus";
        };
        /** @description The answer to `POST /channels/{channel}/test`. */
        ChannelTest: {
            /** @description The other side has taken it. */
            delivered: boolean;
            /** @description Why not. */
            error?: string | null;
            /** @description It may work later. */
            retry?: boolean;
        };
        /** @description Where and how a channel delivers, without its secrets. */
        ChannelView: {
            /** @description The sender. */
            from: string;
            /** @description There is a password. */
            has_password: boolean;
            /** @description Host name or address. */
            host: string;
            /**
             * Format: int32
             * @description Port.
             */
            port: number;
            /** @description How the connection is protected. */
            security: components["schemas"]["SmtpSecurity"];
            /** @description The recipients. */
            to: string[];
            /** @enum {string} */
            type: "smtp";
            /** @description For sign-in. */
            user?: string | null;
        } | {
            /** @description The address may be on the server's machine or in a private network. */
            allow_private: boolean;
            /** @description There is a key for the signature. */
            has_secret: boolean;
            /** @enum {string} */
            type: "webhook";
            /** @description Where. */
            url: string;
        } | {
            /** @description The address may be on the server's machine or in a private network. */
            allow_private: boolean;
            /** @description The host of the address, the rest is a secret. */
            host: string;
            /** @enum {string} */
            type: "slack";
        } | {
            /** @description Its arguments. */
            arguments: string[];
            /** @description Its path. */
            path: string;
            /**
             * Format: int32
             * @description After so long it is ended.
             */
            timeout_seconds: number;
            /** @enum {string} */
            type: "program";
        } | {
            /** @description Its ARN. */
            arn: string;
            /** @enum {string} */
            type: "topic";
        } | {
            /** @description Its name or ARN. */
            name: string;
            /** @enum {string} */
            type: "bus";
        };
        /** @description One thing that was looked at. */
        Check: {
            /** @description Stable, for programs: `store`, `agent.silent`, `agent.clock`, `agent.no_nmap`, `queue.dead_letters`, ... */
            code: string;
            /** @description What to do about it. */
            hint?: string | null;
            /** @description For people: `agent office-1 has been silent for 12 minutes`. */
            message: string;
            /** @description How it is. */
            verdict: components["schemas"]["Verdict"];
        };
        /** @description A clean-up that was begun. */
        CleanUp: {
            /** @description What was learnt until then goes: what scans say that had begun by then does not count any more. */
            at: components["schemas"]["Time"];
            /** @description All is gone; else the server goes on with it. */
            done: boolean;
            /** @description Names it. */
            id: string;
            /** @description The network, where it is about one. */
            network?: string | null;
            /** @description What went until now. */
            removed: components["schemas"]["CleanUpCounts"];
            /** @description The site. */
            site: string;
            /** @description The addresses, where it is about some. */
            targets?: string | null;
            /** @description Who wanted it. */
            who: string;
        };
        /** @description What goes, or went. */
        CleanUpCounts: {
            /**
             * Format: int64
             * @description Alerts, also those that are resolved.
             */
            alerts: number;
            /**
             * Format: int64
             * @description Bytes of the raw results, as they were received.
             */
            bytes: number;
            /**
             * Format: int64
             * @description Changes and first looks.
             */
            deltas: number;
            /**
             * Format: int64
             * @description Hosts of which something is believed, also those that are gone.
             */
            hosts: number;
            /**
             * Format: int64
             * @description Notes of hosts.
             */
            notes: number;
            /**
             * Format: int64
             * @description Their open ports.
             */
            open_ports: number;
            /**
             * Format: int64
             * @description Raw results with their records; only with a whole site, as they hold other addresses as well.
             */
            results: number;
            /**
             * Format: int64
             * @description Runs with their reports and tasks; only with a whole site.
             */
            runs: number;
        };
        /** @description What would go: `POST /clean-up/preview`. */
        CleanUpPreview: components["schemas"]["CleanUpCounts"] & {
            /** @description There is more than was counted: a few seconds are not enough for all of it. */
            at_least: boolean;
        };
        /** @description `POST /scans/{scan}/clone` */
        CloneScan: {
            /** @description The copy's name; `<name> (copy)` where absent. */
            name?: string | null;
        };
        /** @description A queue of SQS and a folder of an S3 bucket, with keys that open nothing else. */
        CloudAccess: {
            /** @description The id of the key. */
            access_key: string;
            /** @description The bucket for results. */
            bucket: string;
            /** @description Where the services are, if not at AWS itself. */
            endpoint?: string | null;
            /**
             * Format: int64
             * @description When the first of token and keys ends. Ask for the next ones before.
             */
            expires: number;
            /**
             * @description Keys of results begin with this, and go on with `<run>/<task>/<name>`; ends with a slash. They are created with
             *     `If-None-Match: *`, and refused without.
             */
            folder: string;
            /** @description The address of the queue with the site's tasks. */
            queue: string;
            /** @description The region of queue and bucket: `eu-central-1`. */
            region: string;
            /** @description The key. */
            secret_key: string;
            /** @description Goes with the key. */
            session_token: string;
            /** @description For `Authorization: Bearer` at the server's own endpoints. */
            token: string;
        };
        /** @description A result, and the time of its evidence. */
        Cover: {
            /** @description The result's id. */
            result: string;
            /** @description When. */
            time: components["schemas"]["Time"];
        };
        /** @description What a run was to cover, and what it did. */
        Coverage: {
            /**
             * Format: int64
             * @description Covered as asked.
             */
            done: number;
            /** @description What was not covered; the first hundred tasks. */
            missing: components["schemas"]["Missing"][];
            /**
             * Format: int64
             * @description Covered in part.
             */
            partial: number;
            /**
             * Format: int32
             * @description How much of what was asked was covered, 0 to 100; 100 only if all of it was.
             */
            percent: number;
            /**
             * Format: int64
             * @description Tasks there were.
             */
            tasks: number;
            /**
             * Format: int64
             * @description No agent could do these.
             */
            unscannable: number;
        };
        /** @description A set of ports that was covered at some addresses of a block. */
        CoverageColumn: {
            /**
             * Format: int32
             * @description At how many addresses of the network in this block all of them are covered.
             */
            addresses: number;
            /**
             * Format: int32
             * @description How many ports that are.
             */
            count: number;
            /** @description When that was last. */
            newest: components["schemas"]["Time"];
            /** @description When that was longest ago. */
            oldest: components["schemas"]["Time"];
            /** @description `T:1-1000`; cut after 60 characters. */
            ports: string;
            /** @description The result that covered them last. */
            result: string;
            /** @description Services were looked for as well. */
            services: boolean;
        };
        /** @description What of a block of a network was covered, and when. */
        CoverageRow: {
            /**
             * Format: int32
             * @description How many of its addresses belong to the network.
             */
            addresses: number;
            /** @description `192.0.2.0/24` */
            block: string;
            /** @description Each set of ports that results covered, newest first; the first twelve. */
            columns: components["schemas"]["CoverageColumn"][];
            /**
             * Format: int32
             * @description At how many of them something looked whether a host is up.
             */
            looked_at: number;
            newest?: components["schemas"]["Time"] | null;
            oldest?: components["schemas"]["Time"] | null;
        };
        /** @description The answer to `POST /enrolments`: the only time at which the token is shown. */
        CreatedEnrolment: components["schemas"]["Enrolment"] & {
            /** @description For `portdelta agent enrol`: `pde_...`. Works once. */
            token: string;
        };
        /** @description The answer to `POST /tokens`: the only time at which the secret is shown. */
        CreatedToken: components["schemas"]["Token"] & {
            /** @description For `Authorization: Bearer`. */
            secret: string;
        };
        /** @description The answer to `POST /users`. */
        CreatedUser: {
            /** @description For `POST /invitations/accept`, where no password was given: the only time at which it is shown. */
            invitation?: string | null;
            /** @description The user. */
            user: components["schemas"]["User"];
        };
        /**
         * @description What changed on a day; first looks and late results are left out. What a scan found is of the day of its report, what
         *     was imported of the day on which the hosts were looked at.
         */
        DayChanges: {
            /**
             * Format: int64
             * @description Ports that closed.
             */
            closed: number;
            /** @description `2026-01-31` */
            day: string;
            /**
             * Format: int64
             * @description Hosts that went.
             */
            host_gone: number;
            /**
             * Format: int64
             * @description Hosts that came, or came back.
             */
            host_new: number;
            /**
             * Format: int64
             * @description Ports that opened.
             */
            opened: number;
            /**
             * Format: int64
             * @description Other changes: names, MAC addresses, operating systems, scripts.
             */
            other: number;
            /**
             * Format: int64
             * @description Ports that opened again.
             */
            reopened: number;
            /**
             * Format: int64
             * @description Services that changed.
             */
            service: number;
        };
        /** @description A message that nobody could finish. */
        DeadLetter: {
            /** @description As sent. */
            body: string;
            /** @description When it was sent. */
            sent: components["schemas"]["Time"];
        };
        /** @description A task with the receipt of this delivery. */
        DeliveredTask: {
            /**
             * Format: int32
             * @description How often this message was delivered, this time included.
             */
            attempt: number;
            /**
             * Format: int32
             * @description When others may get it, unless the lease is extended.
             */
            lease_seconds: number;
            /** @description Names this delivery in [`Extend`], [`Acknowledge`] and [`Release`]. */
            receipt: string;
            /** @description What to do. */
            task: components["schemas"]["Task"];
        };
        /** @description One change, or a first look; fields that do not apply are absent. */
        Delta: {
            /** @description `192.0.2.7` */
            address: string;
            /** @description What is believed now. */
            after?: Record<string, never> | null;
            /** @description What was believed; its shape follows the kind. */
            before?: Record<string, never> | null;
            /** @description `host` where a port came or went with its host, else `port`. */
            cause?: string | null;
            /** @description In words, without the address: `22/tcp opened`. */
            change: string;
            /** @description Nothing had looked there before: no change. */
            first_look: boolean;
            /** @description When it was first seen; earlier than `time` where several results had to agree. */
            first_seen: components["schemas"]["Time"];
            /** @description 32 hexadecimal digits; the same change has the same id. */
            id: string;
            /** @description `port-opened`, `host-gone`, ... */
            kind: string;
            /** @description A later result had been applied before. */
            late: boolean;
            /**
             * Format: int32
             * @description 0 to 65,535
             */
            port?: number | null;
            /** @description `tcp`, `udp`, `sctp`, `ip` */
            protocol?: string | null;
            /** @description The run that found it. */
            run: string;
            /** @description The script's id. */
            script?: string | null;
            /** @description Where it was seen. */
            site: string;
            /** @description When: the time of the evidence that decided it. */
            time: components["schemas"]["Time"];
            /** @description What made it. */
            why: components["schemas"]["Why"];
        };
        /** @description `GET /doctor`: what is well and what is not. */
        Doctor: {
            /** @description In the order in which people should look. */
            checks: components["schemas"]["Check"][];
            /** @description The server's clock. */
            time: components["schemas"]["Time"];
            /** @description Version of Portdelta. */
            version: string;
        };
        /** @description `POST /agent/enrol` */
        Enrol: {
            /** @description What it says about itself. */
            facts: components["schemas"]["AgentFacts"];
            /** @description What the agent is to be called; 1 to 64 characters. */
            name: string;
            /**
             * Format: int32
             * @description The version of the protocol that it speaks.
             */
            protocol: number;
            /** @description The key that it made for itself. */
            public_key: string;
            /** @description The secret part of the [enrolment token](crate::enrolment::EnrolmentToken). */
            secret: string;
        };
        /** @description The answer to [`Enrol`]; the same key with the same secret gets the same answer again. */
        Enrolled: {
            /** @description Its id from now on: a UUID. */
            agent: string;
            /**
             * Format: int32
             * @description What the server speaks.
             */
            protocol: number;
            /** @description The site whose tasks it will get. */
            site: string;
        };
        /** @description An enrolment that nobody has used yet. */
        Enrolment: {
            /** @description When it was made. */
            created: components["schemas"]["Time"];
            /** @description After this it is void. */
            expires: components["schemas"]["Time"];
            /** @description Names it in a list; not a secret. */
            id: string;
            /** @description The site of the agent that will use it. */
            site: string;
        };
        /**
         * @description What some ports of some addresses should be. Of several that are about a port, the more precise one counts: about
         *     fewer addresses, then about fewer ports, then the later one.
         */
        Expectation: {
            /** @description Who made it, accepted it or changed it last: `user Ada`, `token 0193...`; absent where that was not noted. */
            by?: string | null;
            /** @description When it was last changed. */
            changed: components["schemas"]["Time"];
            /** @description When it was made. */
            created: components["schemas"]["Time"];
            expires?: components["schemas"]["Time"] | null;
            /** @description Its id. */
            id: string;
            /** @description Who answers for it. */
            owner: string;
            /** @description Its ports: `22,80`, `T:22,U:53`, `all`. */
            ports: string;
            /** @description Why. */
            reason: string;
            /** @description A pattern that the service of an open port must fit, where it is known: `http*`. */
            service?: string | null;
            /** @description Seen from there. */
            site: string;
            /** @description Open or closed. */
            state: components["schemas"]["ExpectedState"];
            /** @description Its addresses, as targets. */
            targets: string;
        };
        /** @description `POST /expectations`, `PUT /expectations/{expectation}` */
        ExpectationDraft: {
            expires?: components["schemas"]["Time"] | null;
            /** @description Who answers for it. */
            owner?: string;
            /** @description Ports as scans name them: `22,80`, `U:53`, `1-65535`. */
            ports: string;
            /** @description Why. */
            reason?: string;
            /** @description A pattern that the service must fit: `http*`. */
            service?: string | null;
            /** @description Seen from there. */
            site: string;
            /** @description Open or closed. */
            state: components["schemas"]["ExpectedState"];
            /** @description Addresses, blocks and ranges: `192.0.2.0/24, 198.51.100.7`. */
            targets: string;
        };
        /** @description What is expected of one port. */
        ExpectedOfPort: {
            expectation?: components["schemas"]["Expectation"] | null;
        };
        /**
         * @description What a port should be.
         * @enum {string}
         */
        ExpectedState: "open" | "closed";
        /** @description `POST /agent/tasks/extend` */
        Extend: {
            /** @description Which delivery. */
            receipt: string;
            /**
             * Format: int32
             * @description From now on, 1 to 43,200.
             */
            seconds: number;
        };
        /** @description `GET /health`: for load balancers and agents; no secret is needed, and none told. */
        Health: {
            /**
             * Format: int32
             * @description The oldest version of the protocol of agents that it works with.
             */
            oldest_agent: number;
            /**
             * Format: int32
             * @description What the server speaks.
             */
            protocol: number;
            /** @description `ok`; while the store can't be read, the answer is a problem with the status 503. */
            status: string;
            /** @description The server's clock. */
            time: components["schemas"]["Time"];
        };
        /** @description All that is known and ever changed at an address. */
        History: {
            /** @description `192.0.2.7` */
            address: string;
            /** @description Changes and first looks, newest first. */
            changes: components["schemas"]["Delta"][];
            host?: components["schemas"]["Host"] | null;
            /** @description Where the next page begins; absent on the last one. */
            next?: string | null;
        };
        /** @description A host as it is believed to be. */
        Host: {
            /** @description `192.0.2.7` */
            address: string;
            /** @description Names that somebody gave when scanning. */
            aliases?: string[];
            /** @description When it was first seen up. */
            first_seen: components["schemas"]["Time"];
            /** @description Short words that people noted. */
            labels?: string[];
            last_covered?: components["schemas"]["Time"] | null;
            /** @description `00:00:5e:00:53:01` */
            mac?: string | null;
            /** @description PTR names; absent where nobody looked. */
            names?: string[] | null;
            /** @description The network it belongs to. */
            network?: string | null;
            /** @description Who answers for it, as people noted; absent where nobody did. */
            owner?: string | null;
            /** @description Something about it waits for more results that agree. */
            pending: boolean;
            /** @description Its open ports, ascending. */
            ports: components["schemas"]["HostPort"][];
            /** @description `up`, `gone`, or `pending` where too few results agree that it is up. */
            status: string;
        };
        /** @description What people remember of a host. It belongs to the address at its site, whatever answers there. */
        HostNote: {
            changed?: components["schemas"]["Time"] | null;
            /** @description Short words to find it by. */
            labels: string[];
            /** @description Whatever people want to remember; may be empty. */
            notes: string;
            /** @description Who answers for it; may be empty. */
            owner: string;
        };
        /** @description `PUT /sites/{site}/hosts/{address}/note` */
        HostNoteChange: {
            /** @description Short words to find it by. */
            labels?: string[];
            /** @description Whatever people want to remember. */
            notes?: string;
            /** @description Who answers for it. */
            owner?: string;
        };
        /** @description An open port. */
        HostPort: {
            /** @description When it was first seen open. */
            first_seen: components["schemas"]["Time"];
            last_covered?: components["schemas"]["Time"] | null;
            /** @description It may be closed; more results must agree. */
            pending: boolean;
            /**
             * Format: int32
             * @description 0 to 65,535
             */
            port: number;
            /** @description `tcp`, `udp`, `sctp`, `ip` */
            protocol: string;
            service?: components["schemas"]["HostService"] | null;
            /** @description Since when it has been open. */
            since: components["schemas"]["Time"];
        };
        /** @description A service, as far as it is known; texts that are not are empty. */
        HostService: {
            /**
             * @description `Ubuntu`
             * @default
             */
            extra_info: string;
            /**
             * @description `http`
             * @default
             */
            name: string;
            /**
             * @description `nginx`
             * @default
             */
            product: string;
            /**
             * @description `ssl`
             * @default
             */
            tunnel: string;
            /**
             * @description `1.24.0`
             * @default
             */
            version: string;
        };
        /** @description The answer to `POST /sites/{site}/imports`. A result that can't be read is refused, kept and listed. */
        Imported: {
            /** @description Changes by their kind. */
            changes: {
                [key: string]: number;
            };
            /** @description Every document in it is whole. */
            complete: boolean;
            /** @description Changes by address, at most 500 of them: `GET /runs/{run}/deltas` gives all, in pages. */
            deltas: components["schemas"]["Delta"][];
            /** @description Seen where nothing had looked before. */
            first_looks: components["schemas"]["Tally"];
            refused?: components["schemas"]["Warning"] | null;
            /** @description The same result had been taken in before: nothing was done. */
            repeated: boolean;
            /** @description The result's id. */
            result: string;
            /** @description The run that it made. */
            run: string;
            /** @description How much changed. */
            score: components["schemas"]["Score"];
            /** @description Covered by later results before. */
            superseded: components["schemas"]["Tally"];
            /** @description Up or open before and now, covered both times, without a change. */
            unchanged: components["schemas"]["Tally"];
            /** @description What was corrected, skipped or not covered. */
            warnings: components["schemas"]["Warning"][];
        };
        /** @description The answer to `POST /users/{user}/invitation`: what was sent before is void. */
        Invited: {
            /** @description After this nobody can use it. */
            expires: components["schemas"]["Time"];
            /** @description For `POST /invitations/accept`: the only time at which it is shown. */
            invitation: string;
            /** @description Who is invited. */
            user: components["schemas"]["User"];
        };
        /** @description Narrow, short-lived access. */
        Lent: {
            /**
             * Format: int64
             * @description When it ends. Ask for the next one before.
             */
            expires: number;
            /** @enum {string} */
            kind: "http";
            /** @description For `Authorization: Bearer`. */
            token: string;
        } | (components["schemas"]["CloudAccess"] & {
            /** @enum {string} */
            kind: "cloud";
        });
        /** @description Load of an agent's machine. */
        Load: {
            /**
             * Format: int32
             * @description Busy share of all processors, 0 to 100.
             */
            cpu_percent: number;
            /**
             * Format: int64
             * @description Memory there is, in bytes.
             */
            memory_total: number;
            /**
             * Format: int64
             * @description Memory in use, in bytes.
             */
            memory_used: number;
        };
        /**
         * @description How much a line of the log matters.
         * @enum {string}
         */
        LogLevel: "trace" | "debug" | "info" | "warn" | "error";
        /** @description A line of the log. Whoever was scanned or connected may have chosen what stands in its texts. */
        LogLine: {
            /** @description What else is known of it, by name. */
            fields?: {
                [key: string]: string;
            };
            /**
             * Format: int64
             * @description Later lines have larger ones, also after the server was started anew.
             */
            id: number;
            /** @description How much it matters. */
            level: components["schemas"]["LogLevel"];
            /** @description What happened; cut off with `…` where a line is longer than 2 KiB. */
            message: string;
            /** @description The part of the program: `portdelta_server::worker`. */
            target: string;
            /** @description When. */
            time: components["schemas"]["Time"];
        };
        /** @description `GET /logs`: a stretch of the log, newest first. */
        LogPage: {
            elsewhere?: components["schemas"]["LogsElsewhere"] | null;
            /** @description The lines; none where the log is kept elsewhere. */
            items: components["schemas"]["LogLine"][];
            /** @description The `cursor` of the next page; absent on the last one. */
            next?: string | null;
        };
        /** @description Where the log is that the server does not keep itself. */
        LogsElsewhere: {
            /** @description The names of its groups, one for each function. */
            groups: string[];
            /** @description The region, as far as it is known: `eu-central-1`. */
            region?: string | null;
            /** @description What keeps it: `CloudWatch Logs`. */
            service: string;
        };
        /** @description A block of 256 addresses on the map of a network. An address is named by its place in the block, 0 to 255. */
        MapBlock: {
            /** @description `192.0.2.0/24`, `2001:db8::aa00/120` */
            block: string;
            /**
             * @description When hosts came or went, or ports opened or closed, newest first. What was so when first looked at did not
             *     change.
             */
            changed: components["schemas"]["MapTime"][];
            /** @description When something last looked whether a host is there, newest first. */
            covered: components["schemas"]["MapTime"][];
            /**
             * @description The names of those that are up or gone, by their places; only of networks of at most 4,096 addresses, and empty
             *     otherwise: the hosts of a site are listed with theirs.
             */
            names: {
                [key: string]: string;
            };
            /** @description How many ports are open at each address that is up, in order. */
            open: number[];
            /**
             * @description A letter for each place: `u` up, `g` gone, `n` never up (something looked, and nobody ever was there), `?` unknown
             *     (nothing looked), `-` of another network or of none.
             */
            states: string;
        };
        /** @description The addresses of a block of which something is so since one time. */
        MapTime: {
            /** @description Their places, as ranges in order: `0-127,200`. */
            places: string;
            /** @description Since when. */
            time: components["schemas"]["Time"];
        };
        /** @description `GET /me`: who asks. */
        Me: {
            /** @description The id of the user or token. */
            id: string;
            /** @description How they prove it. */
            kind: components["schemas"]["WhoAsks"];
            /** @description The name of the user or token. */
            name: string;
            /** @description What they may do. */
            role: components["schemas"]["Role"];
        };
        /** @description A task that was not covered. */
        Missing: {
            /** @description Its ports; empty where none is probed. */
            ports: string;
            /** @description Why, in sentences; none where nobody sent a result. */
            reasons: string[];
            /** @description Its addresses, as targets. */
            targets: string;
            /**
             * Format: int32
             * @description Its number.
             */
            task: number;
        };
        /** @description How far the import of an export is. The answer to `GET /moves/{move}` and `PUT /moves/{move}/frames/{frame}`. */
        Move: {
            /**
             * Format: date-time
             * @description When its import began.
             */
            begun: string;
            /**
             * Format: int64
             * @description Items that are new here.
             */
            created: number;
            /**
             * Format: date-time
             * @description When it ended; absent while frames are missing.
             */
            ended?: string | null;
            /** @description The export's id. */
            id: string;
            /** @description What was here already and is another one, and stayed; the first fifty. */
            kept: string[];
            /**
             * Format: int64
             * @description How much of that there is besides.
             */
            kept_more: number;
            /**
             * Format: date-time
             * @description When the export was made.
             */
            made: string;
            /**
             * Format: int32
             * @description The frame that is next.
             */
            next: number;
            /**
             * Format: int64
             * @description Items that were here already and are the same.
             */
            present: number;
        };
        /** @description `POST /agents/{agent}/move` */
        MoveAgent: {
            /** @description Whose tasks it gets from now on. */
            site: string;
        };
        /**
         * @description When names of addresses are looked up.
         * @enum {string}
         */
        NameLookup: "up" | "never" | "always";
        /**
         * @description A named set of prefixes that people think of as one. An address belongs to the network with the longest matching
         *     prefix.
         */
        Network: {
            /** @description Short words to find it by. */
            labels?: string[];
            /** @description Unique, 1 to 100 characters. */
            name: string;
            /** @description Whatever people want to remember. */
            notes?: string;
            /** @description Who answers for it. */
            owner?: string;
            /** @description Its addresses as targets: `192.0.2.0/24, 198.51.100.0/24`. */
            prefixes: string;
        };
        /** @description A network at a glance, as one site sees it. Everything but `network` is absent where no run touched it yet. */
        NetworkCard: {
            /**
             * Format: int32
             * @description 0 to 100: how little the last run changed in this network.
             */
            change_score?: number | null;
            /** @description What that run changed in this network, by the name of the kind. */
            changes: {
                [key: string]: number;
            };
            /** @description `excellent`, `good`, `monitor` or `critical`: that score in a word. */
            class?: string | null;
            /**
             * Format: int64
             * @description Hosts that were up when the last run had ended.
             */
            hosts_up?: number | null;
            last_run?: components["schemas"]["CardRun"] | null;
            /** @description The network; `unassigned`, without prefixes, stands for all addresses of no network. */
            network: components["schemas"]["Network"];
            /**
             * Format: int64
             * @description Open ports of all hosts when the last run had ended.
             */
            open_ports?: number | null;
            /**
             * Format: int32
             * @description 0 to 100: how well what is open fits what should be.
             */
            posture?: number | null;
            /** @description The site. */
            site?: string | null;
            /** @description `stable`, `changes` or `critical`: what the last run found. */
            status?: string | null;
        };
        /** @description `PUT /networks/{network}`, with the `ETag` of `GET` as `If-Match` */
        NetworkChange: {
            /** @description Short words to find it by. */
            labels?: string[];
            /** @description Whatever people want to remember. */
            notes?: string;
            /** @description Who answers for it. */
            owner?: string;
            /** @description Its addresses as targets: `192.0.2.0/24, 198.51.100.0/24`. */
            prefixes: string;
        };
        /** @description What one run found in one network. */
        NetworkRun: {
            /** @description What it changed in this network, by the name of the kind. */
            changes: {
                [key: string]: number;
            };
            /** @description When hosts were looked at last: earlier than it finished where it is an import. */
            evidence: components["schemas"]["Time"];
            /** @description When its report was written. */
            finished: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Hosts that were up when it had ended; absent where that was not noted then.
             */
            hosts_up?: number | null;
            /**
             * Format: int64
             * @description Open ports of all of them.
             */
            open_ports?: number | null;
            /**
             * Format: int32
             * @description 0 to 100: how well what was open fitted what should be.
             */
            posture?: number | null;
            /** @description The run. */
            run: string;
            /** @description The id of its scan; empty for an import. */
            scan: string;
            /** @description How much it changed in this network. */
            score: components["schemas"]["Score"];
            /** @description Where it ran. */
            site: string;
            /** @description When it began. */
            started: components["schemas"]["Time"];
            /** @description `complete`, `partial`, `cancelled` or `expired`. */
            state: components["schemas"]["RunState"];
            /** @description The scan's name, or what was imported. */
            title: string;
        };
        /**
         * @description What is to be cleaned up: `POST /clean-up/preview` and `POST /clean-up`. With neither `network` nor `targets`: the whole
         *     site.
         */
        NewCleanUp: {
            /** @description Only what belongs to this network, by its name; `unassigned` for what belongs to none. */
            network?: string | null;
            /** @description The site, by its id. */
            site: string;
            /** @description Only these addresses, written as targets are: `192.0.2.7, 10.1.0.0/16`. At most 1,000 ranges. */
            targets?: string | null;
        };
        /** @description `POST /enrolments` */
        NewEnrolment: {
            /**
             * Format: int32
             * @description It can be used for so long, 1 to 43,200 (30 days).
             */
            expires_minutes?: number;
            /** @description The site of the agent that will use it. */
            site: string;
        };
        /** @description `POST /sites` */
        NewSite: {
            /**
             * @description Its id: 1 to 64 characters of `a-z`, `0-9`, `-`, `_` and `.`. Never changes.
             * @example office
             */
            id: string;
            /** @description What people call it, at most 100 characters; the id where absent. */
            name?: string | null;
            /** @description Whatever people want to remember. */
            notes?: string;
        };
        /** @description `POST /tokens`: agents get theirs by enrolling. */
        NewToken: {
            /**
             * Format: int32
             * @description It ends after so many days, 1 to 3,650; absent for never.
             */
            expires_days?: number | null;
            /** @description What it is for, 1 to 100 characters. */
            name: string;
            /** @description What it may do; an administrator's where absent. */
            role?: components["schemas"]["Role"];
        };
        /** @description `POST /users` */
        NewUser: {
            /** @description To sign in with: 1 to 100 letters, digits and `.`, `-`, `_`, `+`, `@`. */
            name: string;
            /** @description At least 12 characters that nobody guesses; absent for an invitation. */
            password?: string | null;
            /** @description What they may do. */
            role: components["schemas"]["Role"];
        };
        /**
         * @description Options as fields. What is absent or empty is nmap's own choice. In a question a value may be anything: what is
         *     wrong with it stands in the answer.
         */
        OptionFields: {
            /** @description `-sn`: hosts are looked for, ports are not. */
            discovery_only?: boolean;
            /** @description When names of addresses are looked up. */
            names?: components["schemas"]["NameLookup"];
            os?: components["schemas"]["OsOptions"] | null;
            /** @description Rates, timeouts and retries by nmap's names: `{"max-rate": "300", "host-timeout": "30m"}`. */
            pace?: {
                [key: string]: string;
            };
            /**
             * @description How hosts are looked for, as behind `-P`: `E` (echo request), `P`, `M` (other ICMP), `R` (ARP), and with ports `S22,80`
             *     (TCP SYN), `A` (TCP ACK), `U` (UDP), `Y` (SCTP), `O` (IP protocols).
             */
            probes?: string[];
            /** @description Scripts by name; `default` is `-sC`. */
            scripts?: string[];
            services?: components["schemas"]["ServiceOptions"] | null;
            /** @description `-Pn`: no host is looked for, every address counts as up. */
            skip_discovery?: boolean;
            /** @description `open`, `reason`, `defeat-rst-ratelimit` */
            switches?: string[];
            /** @description How ports are probed, as behind `-s`: `S`, `T`, `U`, `Y`, one a protocol; also `A`, `W`, `M`, `F`, `N`, `X`, `Z`. */
            techniques?: string[];
            /**
             * Format: int32
             * @description `-T`: 0 (paranoid) to 5 (insane).
             */
            timing?: number | null;
            /**
             * Format: int32
             * @description How many `-v`, 0 to 3.
             */
            verbosity?: number;
        };
        /** @description An option that is refused. */
        OptionMistake: {
            /** @description Stable: `option_unknown`, `option_writes_output`. */
            code: string;
            /** @description What to do about it. */
            hint: string;
            /** @description A sentence that names the option and its place. */
            message: string;
        };
        /** @description The answer to `POST /scan-options/preview`. */
        OptionsPreview: {
            /** @description What could be read of it. */
            fields: components["schemas"]["OptionFields"];
            /** @description What is wrong with each piece of the rest. */
            mistakes?: components["schemas"]["OptionMistake"][];
            /** @description What the options of pace take: `{"max-retries": "a number from 0 to 50"}`. */
            ranges?: {
                [key: string]: string;
            };
            /** @description What could not, as it stands in the text. */
            rest?: string;
            /** @description Scripts to choose from; others may be allowed too. */
            suggested_scripts?: string[];
            /** @description The text that was read, or written. */
            text: string;
        };
        /** @description Detection of operating systems. */
        OsOptions: {
            /** @description `--osscan-guess`: near matches are named too. */
            guess?: boolean;
            /** @description `--osscan-limit`: only hosts with an open and a closed port. */
            limit?: boolean;
        };
        /**
         * @description What happens when a run is due while the one before still runs.
         * @enum {string}
         */
        Overlap: "skip" | "queue" | "replace";
        /** @description How everything is. */
        Overview: {
            /** @description Agents by how they are; those that were revoked or hidden are left out. */
            agents: components["schemas"]["AgentCounts"];
            /** @description What needs attention, most urgent first; the first twenty. */
            attention: components["schemas"]["Attention"][];
            /** @description What changed on each of the last 30 days of UTC, oldest first; today's count may still grow. */
            changes: components["schemas"]["DayChanges"][];
            /** @description Alerts that nobody has done anything about. */
            open_alerts: components["schemas"]["AlertCounts"];
            /**
             * Format: int64
             * @description How many reports there are.
             */
            reports: number;
            /** @description Runs that were made in the last 24 hours, and all that run now. */
            runs_24h: components["schemas"]["RunCounts"];
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_Agent: {
            /** @description The things; may be none although more follow. */
            items: {
                approved?: components["schemas"]["Time"] | null;
                /**
                 * Format: int64
                 * @description How far its clock is ahead of the server's, in seconds; negative where behind.
                 */
                clock_ahead?: number | null;
                /** @description When it enrolled. */
                enrolled: components["schemas"]["Time"];
                /** @description What it says about itself. */
                facts: components["schemas"]["AgentFacts"];
                /** @description It is left out of lists. */
                hidden: boolean;
                /** @description A UUID. */
                id: string;
                /** @description The first 16 digits of its public key, for comparing with what the agent prints. */
                key: string;
                last_seen?: components["schemas"]["Time"] | null;
                /** @description Load of its machine. */
                load: components["schemas"]["Load"];
                /** @description What its owner called it. */
                name: string;
                /** @description Whose tasks it gets. */
                site: string;
                /** @description What waits in its spool. */
                spooled: components["schemas"]["Spooled"];
                /** @description How it is. */
                status: components["schemas"]["AgentStatus"];
                /** @description What it works on. */
                tasks: components["schemas"]["TaskProgress"][];
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_Alert: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description The address, where it is about one. */
                address?: string | null;
                /** @description When it last changed. */
                changed: components["schemas"]["Time"];
                /**
                 * Format: int32
                 * @description How often it opened.
                 */
                episode: number;
                /** @description Who did what, oldest first; in lists empty. */
                history?: components["schemas"]["AlertEvent"][];
                /** @description Its id; the same thing keeps it over all episodes. */
                id: string;
                ignored_until?: components["schemas"]["Time"] | null;
                /** @description When this episode opened. */
                opened: components["schemas"]["Time"];
                /**
                 * Format: int32
                 * @description 0 to 65,535
                 */
                port?: number | null;
                /** @description `tcp` */
                protocol?: string | null;
                /** @description The rule that it violates, or the kind of trouble: `watched-port`, `silent-agent`, `missed-schedule`, ... */
                rule: string;
                /** @description How much it matters. */
                severity: components["schemas"]["Severity"];
                /** @description Where; absent where it is about no site. */
                site?: string | null;
                /** @description How it is. */
                state: components["schemas"]["AlertState"];
                /** @description One line for people: `3389/tcp (RDP) is open at 192.0.2.7`. */
                title: string;
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_AuditEntry: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description What else is good to know: `name=Weekly`, `role=admin`; never a secret. */
                detail: string;
                /** @description A UUID. */
                id: string;
                /** @description The thing that was changed, by its id or name; empty where there is one of its kind. */
                object: string;
                /** @description When. */
                time: components["schemas"]["Time"];
                /** @description What: `scan.created`, `alert.acted`, `user.removed`, ... */
                what: string;
                /** @description Who: `user anna`, or `token` and its id. */
                who: string;
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_Channel: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description When it was made. */
                created: components["schemas"]["Time"];
                /** @description It is used. */
                enabled: boolean;
                /** @description What goes there. */
                filter: components["schemas"]["ChannelFilter"];
                /** @description A UUID. */
                id: string;
                last_delivered?: components["schemas"]["Time"] | null;
                /** @description Why the newest delivery failed; absent where it did not. */
                last_error?: string | null;
                /** @description What people call it. */
                name: string;
                /** @description Where and how, without secrets. */
                settings: components["schemas"]["ChannelView"];
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_CleanUp: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description What was learnt until then goes: what scans say that had begun by then does not count any more. */
                at: components["schemas"]["Time"];
                /** @description All is gone; else the server goes on with it. */
                done: boolean;
                /** @description Names it. */
                id: string;
                /** @description The network, where it is about one. */
                network?: string | null;
                /** @description What went until now. */
                removed: components["schemas"]["CleanUpCounts"];
                /** @description The site. */
                site: string;
                /** @description The addresses, where it is about some. */
                targets?: string | null;
                /** @description Who wanted it. */
                who: string;
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_CoverageRow: {
            /** @description The things; may be none although more follow. */
            items: {
                /**
                 * Format: int32
                 * @description How many of its addresses belong to the network.
                 */
                addresses: number;
                /** @description `192.0.2.0/24` */
                block: string;
                /** @description Each set of ports that results covered, newest first; the first twelve. */
                columns: components["schemas"]["CoverageColumn"][];
                /**
                 * Format: int32
                 * @description At how many of them something looked whether a host is up.
                 */
                looked_at: number;
                newest?: components["schemas"]["Time"] | null;
                oldest?: components["schemas"]["Time"] | null;
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_Delta: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description `192.0.2.7` */
                address: string;
                /** @description What is believed now. */
                after?: Record<string, never> | null;
                /** @description What was believed; its shape follows the kind. */
                before?: Record<string, never> | null;
                /** @description `host` where a port came or went with its host, else `port`. */
                cause?: string | null;
                /** @description In words, without the address: `22/tcp opened`. */
                change: string;
                /** @description Nothing had looked there before: no change. */
                first_look: boolean;
                /** @description When it was first seen; earlier than `time` where several results had to agree. */
                first_seen: components["schemas"]["Time"];
                /** @description 32 hexadecimal digits; the same change has the same id. */
                id: string;
                /** @description `port-opened`, `host-gone`, ... */
                kind: string;
                /** @description A later result had been applied before. */
                late: boolean;
                /**
                 * Format: int32
                 * @description 0 to 65,535
                 */
                port?: number | null;
                /** @description `tcp`, `udp`, `sctp`, `ip` */
                protocol?: string | null;
                /** @description The run that found it. */
                run: string;
                /** @description The script's id. */
                script?: string | null;
                /** @description Where it was seen. */
                site: string;
                /** @description When: the time of the evidence that decided it. */
                time: components["schemas"]["Time"];
                /** @description What made it. */
                why: components["schemas"]["Why"];
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_Enrolment: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description When it was made. */
                created: components["schemas"]["Time"];
                /** @description After this it is void. */
                expires: components["schemas"]["Time"];
                /** @description Names it in a list; not a secret. */
                id: string;
                /** @description The site of the agent that will use it. */
                site: string;
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_Expectation: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description Who made it, accepted it or changed it last: `user Ada`, `token 0193...`; absent where that was not noted. */
                by?: string | null;
                /** @description When it was last changed. */
                changed: components["schemas"]["Time"];
                /** @description When it was made. */
                created: components["schemas"]["Time"];
                expires?: components["schemas"]["Time"] | null;
                /** @description Its id. */
                id: string;
                /** @description Who answers for it. */
                owner: string;
                /** @description Its ports: `22,80`, `T:22,U:53`, `all`. */
                ports: string;
                /** @description Why. */
                reason: string;
                /** @description A pattern that the service of an open port must fit, where it is known: `http*`. */
                service?: string | null;
                /** @description Seen from there. */
                site: string;
                /** @description Open or closed. */
                state: components["schemas"]["ExpectedState"];
                /** @description Its addresses, as targets. */
                targets: string;
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_Host: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description `192.0.2.7` */
                address: string;
                /** @description Names that somebody gave when scanning. */
                aliases?: string[];
                /** @description When it was first seen up. */
                first_seen: components["schemas"]["Time"];
                /** @description Short words that people noted. */
                labels?: string[];
                last_covered?: components["schemas"]["Time"] | null;
                /** @description `00:00:5e:00:53:01` */
                mac?: string | null;
                /** @description PTR names; absent where nobody looked. */
                names?: string[] | null;
                /** @description The network it belongs to. */
                network?: string | null;
                /** @description Who answers for it, as people noted; absent where nobody did. */
                owner?: string | null;
                /** @description Something about it waits for more results that agree. */
                pending: boolean;
                /** @description Its open ports, ascending. */
                ports: components["schemas"]["HostPort"][];
                /** @description `up`, `gone`, or `pending` where too few results agree that it is up. */
                status: string;
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_MapBlock: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description `192.0.2.0/24`, `2001:db8::aa00/120` */
                block: string;
                /**
                 * @description When hosts came or went, or ports opened or closed, newest first. What was so when first looked at did not
                 *     change.
                 */
                changed: components["schemas"]["MapTime"][];
                /** @description When something last looked whether a host is there, newest first. */
                covered: components["schemas"]["MapTime"][];
                /**
                 * @description The names of those that are up or gone, by their places; only of networks of at most 4,096 addresses, and empty
                 *     otherwise: the hosts of a site are listed with theirs.
                 */
                names: {
                    [key: string]: string;
                };
                /** @description How many ports are open at each address that is up, in order. */
                open: number[];
                /**
                 * @description A letter for each place: `u` up, `g` gone, `n` never up (something looked, and nobody ever was there), `?` unknown
                 *     (nothing looked), `-` of another network or of none.
                 */
                states: string;
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_Network: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description Short words to find it by. */
                labels?: string[];
                /** @description Unique, 1 to 100 characters. */
                name: string;
                /** @description Whatever people want to remember. */
                notes?: string;
                /** @description Who answers for it. */
                owner?: string;
                /** @description Its addresses as targets: `192.0.2.0/24, 198.51.100.0/24`. */
                prefixes: string;
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_NetworkCard: {
            /** @description The things; may be none although more follow. */
            items: {
                /**
                 * Format: int32
                 * @description 0 to 100: how little the last run changed in this network.
                 */
                change_score?: number | null;
                /** @description What that run changed in this network, by the name of the kind. */
                changes: {
                    [key: string]: number;
                };
                /** @description `excellent`, `good`, `monitor` or `critical`: that score in a word. */
                class?: string | null;
                /**
                 * Format: int64
                 * @description Hosts that were up when the last run had ended.
                 */
                hosts_up?: number | null;
                last_run?: components["schemas"]["CardRun"] | null;
                /** @description The network; `unassigned`, without prefixes, stands for all addresses of no network. */
                network: components["schemas"]["Network"];
                /**
                 * Format: int64
                 * @description Open ports of all hosts when the last run had ended.
                 */
                open_ports?: number | null;
                /**
                 * Format: int32
                 * @description 0 to 100: how well what is open fits what should be.
                 */
                posture?: number | null;
                /** @description The site. */
                site?: string | null;
                /** @description `stable`, `changes` or `critical`: what the last run found. */
                status?: string | null;
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_NetworkRun: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description What it changed in this network, by the name of the kind. */
                changes: {
                    [key: string]: number;
                };
                /** @description When hosts were looked at last: earlier than it finished where it is an import. */
                evidence: components["schemas"]["Time"];
                /** @description When its report was written. */
                finished: components["schemas"]["Time"];
                /**
                 * Format: int64
                 * @description Hosts that were up when it had ended; absent where that was not noted then.
                 */
                hosts_up?: number | null;
                /**
                 * Format: int64
                 * @description Open ports of all of them.
                 */
                open_ports?: number | null;
                /**
                 * Format: int32
                 * @description 0 to 100: how well what was open fitted what should be.
                 */
                posture?: number | null;
                /** @description The run. */
                run: string;
                /** @description The id of its scan; empty for an import. */
                scan: string;
                /** @description How much it changed in this network. */
                score: components["schemas"]["Score"];
                /** @description Where it ran. */
                site: string;
                /** @description When it began. */
                started: components["schemas"]["Time"];
                /** @description `complete`, `partial`, `cancelled` or `expired`. */
                state: components["schemas"]["RunState"];
                /** @description The scan's name, or what was imported. */
                title: string;
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_Report: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description The agents whose results it is from, by name; the first hundred. Empty for imports. */
                agents?: components["schemas"]["ReportAgent"][];
                /** @description Changes by their kind, first looks and late results left out. */
                changes: {
                    [key: string]: number;
                };
                /** @description What was to be covered, and what was. */
                coverage: components["schemas"]["Coverage"];
                /** @description When this was written. */
                finished: components["schemas"]["Time"];
                /** @description Seen where nothing had looked before. */
                first_looks: components["schemas"]["Tally"];
                /** @description The networks that it touched, by name. */
                networks: string[];
                /** @description How well what was open then fitted what should be, 0 to 100, by network; empty in lists. */
                posture?: {
                    [key: string]: number;
                };
                /** @description The run. */
                run: string;
                /** @description The id of its scan. */
                scan: string;
                /** @description The scan's name when the run was made. */
                scan_name: string;
                /** @description How much it changed. */
                score: components["schemas"]["Score"];
                /** @description Where it ran. */
                site: string;
                /** @description When it began. */
                started: components["schemas"]["Time"];
                /** @description `complete`, `partial`, `cancelled` or `expired`. */
                state: components["schemas"]["RunState"];
                /** @description Covered by later results before. */
                superseded: components["schemas"]["Tally"];
                /** @description Up or open before and now, covered both times, without a change. */
                unchanged: components["schemas"]["Tally"];
                /** @description What was corrected, skipped or not covered; the first hundred. */
                warnings: components["schemas"]["Warning"][];
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_Run: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description Changes by their kind, first looks left out. */
                changes: {
                    [key: string]: number;
                };
                deadline?: components["schemas"]["Time"] | null;
                finished?: components["schemas"]["Time"] | null;
                /** @description Seen where nothing had looked before. */
                first_looks: components["schemas"]["Tally"];
                held_until?: components["schemas"]["Time"] | null;
                /** @description Its id. */
                id: string;
                progress?: components["schemas"]["RunProgress"] | null;
                /** @description The run that took its place. */
                replaced_by?: string | null;
                /** @description The id of its scan; absent for imports and scans of the command line. */
                scan?: string | null;
                scheduled?: components["schemas"]["Time"] | null;
                /** @description Its site. */
                site: string;
                /** @description When it began. */
                started: components["schemas"]["Time"];
                /** @description How far it is. */
                state: components["schemas"]["RunState"];
                /** @description Covered by later results before. */
                superseded: components["schemas"]["Tally"];
                /** @description What ran, for people. */
                title: string;
                /** @description Up or open before and now, covered both times, without a change. */
                unchanged: components["schemas"]["Tally"];
                /** @description What was corrected, skipped or not covered. */
                warnings: components["schemas"]["Warning"][];
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_Scan: {
            /** @description The things; may be none although more follow. */
            items: (components["schemas"]["ScanDraft"] & {
                /** @description It runs and can be run; one that was deleted is not active and keeps its history. */
                active: boolean;
                /** @description Its blackout windows in words. */
                blackout_text?: string[];
                /** @description When it was made. */
                created: components["schemas"]["Time"];
                /** @description When it was last edited. */
                edited: components["schemas"]["Time"];
                held_until?: components["schemas"]["Time"] | null;
                /** @description A UUID. */
                id: string;
                next_run?: components["schemas"]["Time"] | null;
                /** @description What happened to it and belongs to no run, newest first: runs that were left out, missed times. In lists empty. */
                notes?: components["schemas"]["ScanNote"][];
                /** @description Its schedule in words: `at 03:00 on weekdays, Europe/Berlin`. */
                schedule_text?: string | null;
                /**
                 * Format: int64
                 * @description Grows with every edit.
                 */
                version: number;
            })[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_SearchHit: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description `192.0.2.7` */
                address: string;
                /**
                 * Format: int64
                 * @description How many more there are.
                 */
                more_ports?: number;
                /** @description PTR names, then names that somebody gave. */
                names: string[];
                /** @description The network it belongs to; `unassigned` where it is none. */
                network: string;
                /** @description The open ports that are meant, ascending; the first twenty. */
                ports: components["schemas"]["HostPort"][];
                /** @description Where it was seen. */
                site: string;
                /** @description `up` or `gone` */
                status: string;
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_Site: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description Runs begin here. What was found at a site that is not active stays. */
                active: boolean;
                /**
                 * Format: int64
                 * @description Agents that wait for work there or do some now; with none, tasks wait.
                 */
                agents_online: number;
                /** @description When it was made. */
                created: components["schemas"]["Time"];
                /**
                 * @description Its id.
                 * @example office
                 */
                id: string;
                /** @description What people call it. */
                name: string;
                /** @description Whatever people want to remember. */
                notes?: string;
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_TaskView: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description Who has or did it. */
                agent?: string | null;
                began?: components["schemas"]["Time"] | null;
                /**
                 * Format: int32
                 * @description Its number in the run, from 0.
                 */
                number: number;
                /** @description Its ports; empty where none is probed. */
                ports: string;
                /** @description The ids of its results. */
                results: string[];
                /** @description How far it is. */
                state: components["schemas"]["TaskState"];
                /** @description Its addresses, as targets. */
                targets: string;
                /** @description Why it was done in part, or by nobody. */
                warnings: components["schemas"]["Warning"][];
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_TimelineEntry: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description Changes by their kind, first looks and late results left out. */
                changes: {
                    [key: string]: number;
                };
                /**
                 * Format: int32
                 * @description How much of what was asked was covered, 0 to 100; absent while it goes on.
                 */
                coverage_percent?: number | null;
                finished?: components["schemas"]["Time"] | null;
                /** @description Seen where nothing had looked before. */
                first_looks: components["schemas"]["Tally"];
                /** @description The run. */
                run: string;
                score?: components["schemas"]["Score"] | null;
                /** @description Where it ran. */
                site: string;
                /** @description When it was made. */
                started: components["schemas"]["Time"];
                /** @description `running`, `complete`, `partial`, `cancelled` or `expired`. */
                state: components["schemas"]["RunState"];
                /** @description Up or open before and now, covered both times, without a change. */
                unchanged: components["schemas"]["Tally"];
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_Token: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description When it was made. */
                created: components["schemas"]["Time"];
                expires?: components["schemas"]["Time"] | null;
                /** @description Its id; the first part of the token's text. */
                id: string;
                last_used?: components["schemas"]["Time"] | null;
                /** @description What it is for. */
                name: string;
                /** @description What it may do. */
                role: components["schemas"]["Role"];
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_User: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description When the user was made. */
                created: components["schemas"]["Time"];
                /** @description They can't sign in, and nobody is signed in as them. */
                disabled: boolean;
                /** @description They have a password. Without one they come in by single sign-on, or not yet. */
                has_password: boolean;
                /** @description A UUID. */
                id: string;
                invited_until?: components["schemas"]["Time"] | null;
                last_sign_in?: components["schemas"]["Time"] | null;
                /** @description To sign in with. Unique, whatever the case of its letters. */
                name: string;
                /** @description What they may do. */
                role: components["schemas"]["Role"];
                /** @description They come in by single sign-on. */
                single_sign_on: boolean;
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`. */
        Page_Violation: {
            /** @description The things; may be none although more follow. */
            items: {
                /** @description `192.0.2.7` */
                address: string;
                /** @description The id of the expectation. */
                expectation: string;
                /** @description Who answers for it. */
                owner?: string;
                /**
                 * Format: int32
                 * @description 0 to 65,535; absent where the whole host is down.
                 */
                port?: number | null;
                /** @description `unexpected_open`, `missing` (covered, and not open, or its host is down) or `unknown` (nothing looked yet). */
                problem: string;
                /** @description `tcp`; absent where the whole host is down. */
                protocol?: string | null;
                /** @description Why it is expected. */
                reason?: string;
                /** @description The service of an open port, where it is known. */
                service?: string;
            }[];
            /** @description The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only. */
            next?: string | null;
        };
        /** @description How people come in: `GET` and `PUT /settings/people`. */
        PeopleSettings: {
            /** @description The redirect address that is registered at a provider. Ignored with `PUT`. */
            readonly redirect_url?: string;
            /** @description Whoever reaches the server may make themselves a viewer. */
            self_registration?: boolean;
            single_sign_on?: components["schemas"]["SingleSignOn"] | null;
        };
        /** @description What went wrong. */
        Problem: {
            /** @description Stable, for programs: `targets.too_large`. */
            code?: string;
            /** @description A sentence for people. */
            detail?: string;
            /** @description The field of the request that is wrong: `targets`. */
            field?: string | null;
            /** @description What to do about it. */
            hint?: string | null;
            /**
             * Format: int64
             * @description Where in the field the mistake begins, in characters from 0.
             */
            position?: number | null;
            /** @description The id of the request, as it stands in the log. */
            request?: string | null;
            /**
             * Format: int32
             * @description The status code.
             */
            status?: number;
            /** @description The status in words: `Not Found`. */
            title?: string;
            /** @description `about:blank`: the code says more. */
            type?: string;
        };
        /** @description How full a queue is. */
        QueueView: {
            /**
             * Format: int64
             * @description Given up.
             */
            dead: number;
            /**
             * Format: int64
             * @description Held by somebody.
             */
            leased: number;
            /** @description `tasks-office`, `work-ingest` */
            name: string;
            /**
             * Format: int64
             * @description Could be received now, or after their delay.
             */
            waiting: number;
        };
        /** @description `POST /agent/tasks/receive` */
        Receive: {
            /**
             * Format: int32
             * @description At most so many, 1 to 10.
             */
            max: number;
            /**
             * Format: int32
             * @description Wait so long for the first, 0 to 20 seconds.
             */
            wait_seconds: number;
        };
        /** @description The answer to [`Receive`]. */
        Received: {
            /** @description Work; may be none. */
            tasks: components["schemas"]["DeliveredTask"][];
        };
        /** @description The answer to `POST /queues/{queue}/redrive`. */
        Redriven: {
            /**
             * Format: int64
             * @description How many messages are tried again.
             */
            messages: number;
        };
        /** @description `POST /agent/tasks/refuse`: this agent will never do it. */
        Refuse: {
            /**
             * @description Stable: `target_not_allowed`, `port_not_allowed`, `option_not_allowed`, `rate_not_allowed`, `needs_root`,
             *     `no_nmap`, `invalid_task`.
             */
            code: string;
            /** @description A sentence for people. */
            message: string;
            /** @description The run. */
            run: string;
            /**
             * Format: int32
             * @description The task.
             */
            task: number;
        };
        /** @description `POST /registrations`: makes a viewer, and answers with a [`Session`](super::Session). */
        Registration: {
            /** @description To sign in with: 1 to 100 letters, digits and `.`, `-`, `_`, `+`, `@`. */
            name: string;
            /** @description At least 12 characters that nobody guesses. */
            password: string;
        };
        /** @description `POST /agent/tasks/release` */
        Release: {
            /**
             * Format: int32
             * @description Others get it after so long, 0 to 900.
             */
            delay_seconds: number;
            /** @description Which delivery. */
            receipt: string;
        };
        /** @description The report of a finished run of a saved scan. Its changes: `GET /runs/{run}/deltas`, in pages. */
        Report: {
            /** @description The agents whose results it is from, by name; the first hundred. Empty for imports. */
            agents?: components["schemas"]["ReportAgent"][];
            /** @description Changes by their kind, first looks and late results left out. */
            changes: {
                [key: string]: number;
            };
            /** @description What was to be covered, and what was. */
            coverage: components["schemas"]["Coverage"];
            /** @description When this was written. */
            finished: components["schemas"]["Time"];
            /** @description Seen where nothing had looked before. */
            first_looks: components["schemas"]["Tally"];
            /** @description The networks that it touched, by name. */
            networks: string[];
            /** @description How well what was open then fitted what should be, 0 to 100, by network; empty in lists. */
            posture?: {
                [key: string]: number;
            };
            /** @description The run. */
            run: string;
            /** @description The id of its scan. */
            scan: string;
            /** @description The scan's name when the run was made. */
            scan_name: string;
            /** @description How much it changed. */
            score: components["schemas"]["Score"];
            /** @description Where it ran. */
            site: string;
            /** @description When it began. */
            started: components["schemas"]["Time"];
            /** @description `complete`, `partial`, `cancelled` or `expired`. */
            state: components["schemas"]["RunState"];
            /** @description Covered by later results before. */
            superseded: components["schemas"]["Tally"];
            /** @description Up or open before and now, covered both times, without a change. */
            unchanged: components["schemas"]["Tally"];
            /** @description What was corrected, skipped or not covered; the first hundred. */
            warnings: components["schemas"]["Warning"][];
        };
        /** @description An agent that brought results of a report. */
        ReportAgent: {
            /** @description Its id. */
            id: string;
            /** @description What it was called when the report was written. */
            name: string;
        };
        /** @description An agent. */
        ResultAgent: {
            /** @description Its id. */
            id: string;
            /** @description What it is called; absent where nobody knows any more. */
            name?: string | null;
        };
        /** @description A scanner, as its output tells of it. */
        ResultScanner: {
            /** @description The command line that it was started with, at most 1 KiB: of a longer one the middle is left out. */
            arguments?: string | null;
            /** @description `nmap`, `masscan`, `naabu`, `rustscan`, `plain` */
            tool: string;
            /** @description `7.95` */
            version?: string | null;
        };
        /**
         * @description What became of a result.
         * @enum {string}
         */
        ResultState: "stored" | "applied" | "refused";
        /**
         * @description A result: who scanned what with what, and what is kept of it. Texts of scanners are as they wrote them, and may be
         *     anything.
         */
        ResultView: {
            agent?: components["schemas"]["ResultAgent"] | null;
            began?: components["schemas"]["Time"] | null;
            /**
             * Format: int64
             * @description Bytes as they came.
             */
            bytes: number;
            /**
             * Format: int64
             * @description How many seconds the agent's clock was ahead, where that was corrected; negative where behind.
             */
            clock_ahead?: number | null;
            /** @description Everything in it is whole, and it covers all that was asked; absent before it is applied. */
            complete?: boolean | null;
            /** @description Why it covers only whole hosts: `deadline`, `exit code 1`, ... */
            cut?: string | null;
            /**
             * Format: int32
             * @description Its place in its file, from 0: documents of an appended file are results of their own.
             */
            document: number;
            ended?: components["schemas"]["Time"] | null;
            /** @description As changes name it; of its checksum, its site and its task. */
            id: string;
            /** @description Who imported it: `user Ada`, `token 0193...`; absent for what agents bring, and where it was not noted. */
            imported_by?: string | null;
            /** @description They are there still; the retention removes them. */
            kept: boolean;
            /** @description Where its bytes are in the store, as they came: packed where they were. */
            object: string;
            /** @description The ports that it was to cover, where told. */
            ports?: string | null;
            /** @description When they came. */
            received: components["schemas"]["Time"];
            /** @description Its run. */
            run: string;
            /** @description Its scan; absent for imports. */
            scan?: string | null;
            /** @description What the scan is called. */
            scan_name?: string | null;
            scanner?: components["schemas"]["ResultScanner"] | null;
            /** @description SHA-256 of the bytes of its file, unpacked, in hexadecimal digits; absent where it was not noted. */
            sha256?: string | null;
            /** @description What it is evidence for. */
            site: string;
            /** @description What it was called when it came: a file, a command, a task. */
            source: string;
            /** @description What became of it. */
            status: components["schemas"]["ResultState"];
            /** @description The addresses that it was to cover, where told; at most 50 ranges are named. */
            targets?: string | null;
            /**
             * Format: int32
             * @description Its task in that run; absent for imports.
             */
            task?: number | null;
            /** @description What was corrected, skipped or not covered, or why it was refused. */
            warnings: components["schemas"]["Warning"][];
        };
        /** @description What is kept how long: `GET` and `PUT /retention`, which wants the `ETag` of `GET` as `If-Match`. */
        Retention: {
            /**
             * Format: int32
             * @description Raw results, in days since they were received, 1 to 36,500; for ever where absent. Once the first is gone, the
             *     state can't be rebuilt any more.
             */
            results_days?: number | null;
            /**
             * Format: int32
             * @description Runs with their reports, tasks and deltas, in days since they ended, 1 to 36,500; for ever where absent. What is
             *     believed, and alerts, stay.
             */
            runs_days?: number | null;
        };
        /** @description What would go: `POST /retention/preview`. */
        RetentionPreview: {
            /** @description There is more than was counted: a few seconds are not enough for all of it. */
            at_least: boolean;
            before?: components["schemas"]["Time"] | null;
            /**
             * Format: int64
             * @description Their bytes, as they were received.
             */
            bytes: number;
            /**
             * Format: int64
             * @description Raw results.
             */
            results: number;
            /**
             * Format: int64
             * @description Runs, with their reports, tasks and deltas.
             */
            runs: number;
            runs_before?: components["schemas"]["Time"] | null;
        };
        /**
         * @description What somebody may do; each role may what the one before it may.
         * @enum {string}
         */
        Role: "viewer" | "operator" | "admin";
        /** @description One execution of a scan at one site, or one import. */
        Run: {
            /** @description Changes by their kind, first looks left out. */
            changes: {
                [key: string]: number;
            };
            deadline?: components["schemas"]["Time"] | null;
            finished?: components["schemas"]["Time"] | null;
            /** @description Seen where nothing had looked before. */
            first_looks: components["schemas"]["Tally"];
            held_until?: components["schemas"]["Time"] | null;
            /** @description Its id. */
            id: string;
            progress?: components["schemas"]["RunProgress"] | null;
            /** @description The run that took its place. */
            replaced_by?: string | null;
            /** @description The id of its scan; absent for imports and scans of the command line. */
            scan?: string | null;
            scheduled?: components["schemas"]["Time"] | null;
            /** @description Its site. */
            site: string;
            /** @description When it began. */
            started: components["schemas"]["Time"];
            /** @description How far it is. */
            state: components["schemas"]["RunState"];
            /** @description Covered by later results before. */
            superseded: components["schemas"]["Tally"];
            /** @description What ran, for people. */
            title: string;
            /** @description Up or open before and now, covered both times, without a change. */
            unchanged: components["schemas"]["Tally"];
            /** @description What was corrected, skipped or not covered. */
            warnings: components["schemas"]["Warning"][];
        };
        /** @description Runs by how they ended. */
        RunCounts: {
            /**
             * Format: int64
             * @description Somebody ended them, or a later run took their place.
             */
            cancelled: number;
            /**
             * Format: int64
             * @description All that was asked was covered.
             */
            complete: number;
            /**
             * Format: int64
             * @description Nothing was.
             */
            failed: number;
            /**
             * Format: int64
             * @description Not all was.
             */
            partial: number;
            /**
             * Format: int64
             * @description They have not ended, whenever they were made.
             */
            running: number;
        };
        /** @description How far the tasks of a run are. */
        RunProgress: {
            /**
             * Format: int64
             * @description Applied whole.
             */
            done: number;
            estimated_end?: components["schemas"]["Time"] | null;
            /**
             * Format: int64
             * @description Applied in part.
             */
            partial: number;
            /**
             * Format: int32
             * @description Share of tasks that have ended, 0 to 100.
             */
            percent: number;
            /**
             * Format: int64
             * @description Tasks of this run and others that wait at its site for an agent; told of one run that goes on.
             */
            queued?: number | null;
            /**
             * Format: int64
             * @description Sent to the agents.
             */
            sent: number;
            /**
             * Format: int64
             * @description Tasks there are.
             */
            tasks: number;
            /**
             * Format: int64
             * @description No agent of the site may do these.
             */
            unscannable: number;
        };
        /**
         * @description How far a run is.
         * @enum {string}
         */
        RunState: "waiting" | "dispatching" | "running" | "complete" | "partial" | "cancelled" | "expired";
        /** @description A saved definition. `GET` gives its version as `ETag`; `PUT` wants it back as `If-Match`. */
        Scan: components["schemas"]["ScanDraft"] & {
            /** @description It runs and can be run; one that was deleted is not active and keeps its history. */
            active: boolean;
            /** @description Its blackout windows in words. */
            blackout_text?: string[];
            /** @description When it was made. */
            created: components["schemas"]["Time"];
            /** @description When it was last edited. */
            edited: components["schemas"]["Time"];
            held_until?: components["schemas"]["Time"] | null;
            /** @description A UUID. */
            id: string;
            next_run?: components["schemas"]["Time"] | null;
            /** @description What happened to it and belongs to no run, newest first: runs that were left out, missed times. In lists empty. */
            notes?: components["schemas"]["ScanNote"][];
            /** @description Its schedule in words: `at 03:00 on weekdays, Europe/Berlin`. */
            schedule_text?: string | null;
            /**
             * Format: int64
             * @description Grows with every edit.
             */
            version: number;
        };
        /** @description `POST /scans`, `PUT /scans/{scan}` and `POST /scans/preview`: what people decide about a scan. */
        ScanDraft: {
            /**
             * @description Times in which none of its tasks begins, at most 20: `MON-FRI 08:00-18:00 Europe/Berlin`, `22:00-06:00 UTC`,
             *     `2026-12-24T18:00 to 2027-01-02T06:00 UTC`; by the clock on the wall of the zone, UTC where none is named. Its
             *     schedule does not fire then, and runs wait. They count at once, for runs that go on too; what an agent has begun
             *     it ends.
             */
            blackout_windows?: string[];
            /**
             * Format: int32
             * @description So many results in a row must agree before something gone is reported, 1 to 10.
             */
            confirm_close?: number;
            /**
             * Format: int32
             * @description So many results in a row must agree before something new is reported, 1 to 10.
             */
            confirm_open?: number;
            /**
             * Format: int32
             * @description A run ends so many minutes after it began, whatever is missing by then; 1 to 10,080.
             */
            deadline_minutes?: number;
            /** @description For people. */
            description?: string;
            /** @description What not to scan, written in the same way. */
            exclusions?: string;
            /** @description What is seen for the first time is told in one digest a run. */
            first_look_digest?: boolean;
            /** @description 1 to 100 characters. */
            name: string;
            /** @description Networks by name whose addresses are scanned too, as they are when a run begins. */
            networks?: string[];
            /** @description Options in nmap's spelling: `-sV -T4`. */
            options?: string;
            /** @description What happens when a run is due while the one before still runs. */
            overlap?: components["schemas"]["Overlap"];
            /** @description `22,80,8000-8100`, `T:22,U:53`, `all`, `top:1000`; empty where the options look for hosts only. */
            ports?: string;
            schedule?: components["schemas"]["Schedule"] | null;
            /** @description The schedule fires; off keeps the definition. */
            scheduled?: boolean;
            /** @description From where it is run, at least one. */
            sites: string[];
            /** @description Addresses, CIDR blocks, ranges: `10.0.0.0/24, 10.0.1.5-20`; may be empty where networks are named. */
            targets?: string;
        };
        /** @description Something that happened to a scan and belongs to no run. */
        ScanNote: {
            /** @description Stable: `run.skipped`, `schedule.missed`. */
            code: string;
            /** @description A sentence. */
            message: string;
            /** @description Where. */
            site: string;
            /** @description When. */
            time: components["schemas"]["Time"];
        };
        /** @description What a scan would do: the answer to `POST /scans/preview`. */
        ScanPreview: {
            /** @description Addresses, exclusions left out. A number in text: a block of IPv6 may have more than JSON's numbers can say. */
            addresses: string;
            /** @description The blackout windows in words. */
            blackout_text?: string[];
            /** @description Options that agents can honour only with the right to send raw packets. */
            needs_root?: string[];
            /**
             * Format: int32
             * @description Pairs of protocol and port of each address; 0 where no port is probed.
             */
            ports: number;
            schedule?: components["schemas"]["SchedulePreview"] | null;
            /**
             * Format: int64
             * @description Tasks at each site.
             */
            tasks: number;
            /**
             * Format: int64
             * @description How long all tasks take at worst, one after the other, in seconds; agents share it.
             */
            worst_case_seconds: number;
        };
        /** @description When a scan runs. */
        Schedule: {
            /**
             * @description `rate(15 minutes)`, `cron(0 3 ? * MON-FRI *)`, `at(2026-12-24T18:00:00)`.
             * @example cron(0 3 ? * MON-FRI *)
             */
            expression: string;
            /**
             * Format: int32
             * @description Each firing is put off by a random time up to this, 0 to 1,440.
             */
            spread_minutes?: number;
            /** @description IANA name of the zone in which `cron` and `at` are read. */
            time_zone?: string;
        };
        /** @description A schedule as people read it. */
        SchedulePreview: {
            /** @description The next times, spread left out; fewer than asked for where it ends before. */
            next: components["schemas"]["Time"][];
            /** @description `at 03:00 on weekdays, Europe/Berlin` */
            text: string;
        };
        /** @description How much a run changed, in one number, one class and one status. */
        Score: {
            /** @description `excellent`, `good`, `monitor`, `critical` */
            class: string;
            /** @description `stable`, `changes`, `critical` */
            status: string;
            /**
             * Format: int32
             * @description 0 to 100.
             */
            value: number;
        };
        /** @description A host that was found. */
        SearchHit: {
            /** @description `192.0.2.7` */
            address: string;
            /**
             * Format: int64
             * @description How many more there are.
             */
            more_ports?: number;
            /** @description PTR names, then names that somebody gave. */
            names: string[];
            /** @description The network it belongs to; `unassigned` where it is none. */
            network: string;
            /** @description The open ports that are meant, ascending; the first twenty. */
            ports: components["schemas"]["HostPort"][];
            /** @description Where it was seen. */
            site: string;
            /** @description `up` or `gone` */
            status: string;
        };
        /** @description Service detection. */
        ServiceOptions: {
            /**
             * Format: int32
             * @description `--version-intensity`: 0 (a few probes) to 9 (all); nmap's own is 7.
             */
            intensity?: number | null;
        };
        /** @description `GET /session`: who is signed in by the cookie that came with the request. */
        Session: {
            /** @description Goes into the header `X-Portdelta-Csrf` of every request that changes something. */
            csrf: string;
            /** @description Who is signed in. */
            user: components["schemas"]["SessionUser"];
        };
        /** @description Who is signed in. */
        SessionUser: {
            /** @description A UUID. */
            id: string;
            /** @description To sign in with. */
            name: string;
            /** @description What they may do. */
            role: components["schemas"]["Role"];
        };
        /**
         * @description How much an alert matters.
         * @enum {string}
         */
        Severity: "low" | "medium" | "high" | "critical";
        /** @description `POST /session`: answers with a [`Session`], and sets its cookie. */
        SignIn: {
            /** @description The user's name, in any case. */
            name: string;
            /** @description The password. */
            password: string;
        };
        /** @description `GET /sign-in`: the ways in. */
        SignInOptions: {
            /** @description No administrator can sign in yet: the token of the first start makes one, by `POST /users`. */
            needs_set_up: boolean;
            /** @description `POST /registrations` is open. */
            self_registration: boolean;
            single_sign_on?: components["schemas"]["SingleSignOnName"] | null;
        };
        /** @description A provider of OpenID Connect. */
        SingleSignOn: {
            /** @description What the provider calls Portdelta. */
            client_id: string;
            /** @description The client's secret. With `PUT`: absent keeps the one that is stored. */
            client_secret?: string | null;
            default_role?: components["schemas"]["Role"] | null;
            /** @description A secret is stored. Ignored with `PUT`. */
            readonly has_client_secret?: boolean;
            /**
             * @description Its address, below which `/.well-known/openid-configuration` is: `https://login.example.org/tenant`. Plain HTTP
             *     on the server's own machine only.
             */
            issuer: string;
            /** @description What stands on the button, 1 to 100 characters. */
            name: string;
            /** @description The claim of the ID token that tells the role, a text or a list of texts: `groups`. */
            role_claim?: string | null;
            /** @description The role for each value of the claim; of several the highest counts. */
            roles?: {
                [key: string]: components["schemas"]["Role"];
            };
        };
        /** @description A provider, as people know it. */
        SingleSignOnName: {
            /** @description What stands on the button. */
            name: string;
        };
        /** @description A vantage point: agents that see the network the same way. */
        Site: {
            /** @description Runs begin here. What was found at a site that is not active stays. */
            active: boolean;
            /**
             * Format: int64
             * @description Agents that wait for work there or do some now; with none, tasks wait.
             */
            agents_online: number;
            /** @description When it was made. */
            created: components["schemas"]["Time"];
            /**
             * @description Its id.
             * @example office
             */
            id: string;
            /** @description What people call it. */
            name: string;
            /** @description Whatever people want to remember. */
            notes?: string;
        };
        /** @description `PUT /sites/{site}`, with the `ETag` of `GET` as `If-Match` */
        SiteChange: {
            /** @description Runs begin here. */
            active?: boolean;
            /** @description What people call it, 1 to 100 characters. */
            name: string;
            /** @description Whatever people want to remember. */
            notes?: string;
        };
        /**
         * @description How an SMTP connection is protected.
         * @enum {string}
         */
        SmtpSecurity: "tls" | "starttls" | "none";
        /** @description What waits in an agent's spool. */
        Spooled: {
            /**
             * Format: int64
             * @description Bytes.
             */
            bytes: number;
            /**
             * Format: int64
             * @description Bytes that are free on the disk that they are on; none where that is not known.
             */
            free?: number | null;
            /**
             * Format: int32
             * @description Results.
             */
            results: number;
        };
        /**
         * @description Whether an agent gets work.
         * @enum {string}
         */
        Standing: "pending" | "approved" | "revoked";
        /** @description `POST /scans/{scan}/runs`, *Run now*. With the same `Idempotency-Key` it starts nothing a second time. */
        StartRuns: {
            /** @description Only at these of its sites; all where empty. */
            sites?: string[];
        };
        /** @description What became of a run that a request asked for. */
        StartedRun: {
            held_until?: components["schemas"]["Time"] | null;
            /** @description The run; absent where there is none. */
            id?: string | null;
            note?: components["schemas"]["ScanNote"] | null;
            /** @description Where. */
            site: string;
            /** @description It waits for another run of this scan and site. */
            waiting: boolean;
        };
        /** @description The runs that a request started, one a site. */
        StartedRuns: {
            /** @description In the order of the scan's sites. */
            runs: components["schemas"]["StartedRun"][];
        };
        /** @description `POST /agent/status` */
        Status: {
            /**
             * Format: int64
             * @description The agent's clock.
             */
            at: number;
            /** @description It ends: SIGTERM, or `--once` and no more work. */
            leaving?: boolean;
            /** @description Load of its machine. */
            load: components["schemas"]["Load"];
            /** @description Why it takes no work at present, in words: its spool is full, its owner's limits can't be read. */
            paused?: string | null;
            /** @description Results that wait in its spool, and their size. */
            spooled: components["schemas"]["Spooled"];
            /** @description What it works on. */
            tasks: components["schemas"]["TaskProgress"][];
        };
        /** @description The answer to [`Status`]. */
        StatusAnswer: {
            /** @description Runs among those it works on that nobody wants any more: end nmap, drop the results, acknowledge. */
            cancelled: string[];
            /**
             * Format: int64
             * @description The server's clock.
             */
            server_time: number;
        };
        /** @description Hosts and ports. */
        Tally: {
            /**
             * Format: int64
             * @description Hosts.
             */
            hosts: number;
            /**
             * Format: int64
             * @description Ports.
             */
            ports: number;
        };
        /** @description One piece of a run: a set of addresses × a set of ports. The body of a queued message, at most 256 KB of JSON. */
        Task: {
            /**
             * Format: int64
             * @description The result must be uploaded before this time.
             */
            deadline: number;
            /**
             * Format: int32
             * @description Its number in the run, from 0.
             */
            number: number;
            /** @description Options in nmap's spelling; the agent reads them with its own allow-list before it runs anything. */
            options: string;
            /** @description Ports as [`PortSpec`](portdelta_core::port_spec::PortSpec) reads them. Ignored where ports are not probed. */
            ports: string;
            /** @description Its run. */
            run: string;
            /** @description What it belongs to, for people: the name of the scan. */
            scan: string;
            /** @description The site it is for. */
            site: string;
            /** @description Addresses as nmap takes them, none of them excluded ones: `192.0.2.0/25 192.0.2.130`. Never empty. */
            targets: string[];
            /**
             * Format: int32
             * @description How long it takes at worst, as the server reckons; a hint for time limits and progress.
             */
            worst_case_seconds: number;
        };
        /** @description How far a task is. */
        TaskProgress: {
            /**
             * Format: int64
             * @description When it began, by the agent's clock.
             */
            began: number;
            /**
             * Format: int64
             * @description When nmap expects the phase to end, by the agent's clock.
             */
            ends?: number | null;
            /**
             * Format: int32
             * @description 0 to 100, of nmap's present phase.
             */
            percent: number;
            /** @description `SYN Stealth Scan`, `upload`, ... */
            phase: string;
            /** @description The run. */
            run: string;
            /**
             * Format: int32
             * @description The task.
             */
            task: number;
        };
        /**
         * @description How far a task is.
         * @enum {string}
         */
        TaskState: "waiting" | "active" | "partial" | "done" | "unscannable";
        /** @description `GET /runs/{run}/tasks`: one piece of a run. */
        TaskView: {
            /** @description Who has or did it. */
            agent?: string | null;
            began?: components["schemas"]["Time"] | null;
            /**
             * Format: int32
             * @description Its number in the run, from 0.
             */
            number: number;
            /** @description Its ports; empty where none is probed. */
            ports: string;
            /** @description The ids of its results. */
            results: string[];
            /** @description How far it is. */
            state: components["schemas"]["TaskState"];
            /** @description Its addresses, as targets. */
            targets: string;
            /** @description Why it was done in part, or by nobody. */
            warnings: components["schemas"]["Warning"][];
        };
        /**
         * Format: date-time
         * @example 2026-01-31T12:00:00Z
         */
        Time: string;
        /** @description A run of a scan's timeline. */
        TimelineEntry: {
            /** @description Changes by their kind, first looks and late results left out. */
            changes: {
                [key: string]: number;
            };
            /**
             * Format: int32
             * @description How much of what was asked was covered, 0 to 100; absent while it goes on.
             */
            coverage_percent?: number | null;
            finished?: components["schemas"]["Time"] | null;
            /** @description Seen where nothing had looked before. */
            first_looks: components["schemas"]["Tally"];
            /** @description The run. */
            run: string;
            score?: components["schemas"]["Score"] | null;
            /** @description Where it ran. */
            site: string;
            /** @description When it was made. */
            started: components["schemas"]["Time"];
            /** @description `running`, `complete`, `partial`, `cancelled` or `expired`. */
            state: components["schemas"]["RunState"];
            /** @description Up or open before and now, covered both times, without a change. */
            unchanged: components["schemas"]["Tally"];
        };
        /** @description A token, without its secret. */
        Token: {
            /** @description When it was made. */
            created: components["schemas"]["Time"];
            expires?: components["schemas"]["Time"] | null;
            /** @description Its id; the first part of the token's text. */
            id: string;
            last_used?: components["schemas"]["Time"] | null;
            /** @description What it is for. */
            name: string;
            /** @description What it may do. */
            role: components["schemas"]["Role"];
        };
        /** @description Somebody who can sign in, or was invited to. */
        User: {
            /** @description When the user was made. */
            created: components["schemas"]["Time"];
            /** @description They can't sign in, and nobody is signed in as them. */
            disabled: boolean;
            /** @description They have a password. Without one they come in by single sign-on, or not yet. */
            has_password: boolean;
            /** @description A UUID. */
            id: string;
            invited_until?: components["schemas"]["Time"] | null;
            last_sign_in?: components["schemas"]["Time"] | null;
            /** @description To sign in with. Unique, whatever the case of its letters. */
            name: string;
            /** @description What they may do. */
            role: components["schemas"]["Role"];
            /** @description They come in by single sign-on. */
            single_sign_on: boolean;
        };
        /** @description `PUT /users/{user}` */
        UserChange: {
            /** @description They can't sign in, and nobody is signed in as them. */
            disabled?: boolean;
            /** @description To sign in with. */
            name: string;
            /** @description What they may do. */
            role: components["schemas"]["Role"];
        };
        /**
         * @description How a checked thing is.
         * @enum {string}
         */
        Verdict: "ok" | "warning" | "bad";
        /** @description Something that is not as it should be, or of which nobody knows. */
        Violation: {
            /** @description `192.0.2.7` */
            address: string;
            /** @description The id of the expectation. */
            expectation: string;
            /** @description Who answers for it. */
            owner?: string;
            /**
             * Format: int32
             * @description 0 to 65,535; absent where the whole host is down.
             */
            port?: number | null;
            /** @description `unexpected_open`, `missing` (covered, and not open, or its host is down) or `unknown` (nothing looked yet). */
            problem: string;
            /** @description `tcp`; absent where the whole host is down. */
            protocol?: string | null;
            /** @description Why it is expected. */
            reason?: string;
            /** @description The service of an open port, where it is known. */
            service?: string;
        };
        /** @description Something that was corrected, skipped or not covered. */
        Warning: {
            /** @description Stable, for programs. */
            code: string;
            /** @description For people. */
            message: string;
        };
        /** @description A port that should not be open without somebody knowing. */
        WatchedPort: {
            /** @description Only at these addresses, in the grammar of targets; empty for everywhere. */
            addresses?: string;
            /** @description Its id: the same rule keeps its alerts. Absent makes one of what the rule says. */
            id?: string | null;
            /** @description What it is, for people: `RDP`. */
            label?: string;
            /**
             * Format: int32
             * @description The highest of a range; absent for a single port.
             */
            last?: number | null;
            /** @description Only in this network; absent for everywhere. */
            network?: string | null;
            /**
             * Format: int32
             * @description 0 to 65,535; the lowest of a range.
             */
            port: number;
            /** @description `tcp`, `udp` or `sctp` */
            protocol?: string;
            /** @description Only where the service's name or product matches this, with `*` and `?`; absent for any. */
            service?: string | null;
            /** @description How much it matters. */
            severity: components["schemas"]["Severity"];
        };
        /**
         * @description How somebody proves who they are.
         * @enum {string}
         */
        WhoAsks: "user" | "token";
        /** @description Why a change was reported. */
        Why: {
            /** @description The results that agreed, the one that made the delta last. */
            agreed: components["schemas"]["Cover"][];
            /** @description Two were needed because nothing in the block answered. */
            blackout?: boolean;
            /**
             * Format: int32
             * @description How many had to agree.
             */
            needed: number;
            previous?: components["schemas"]["Cover"] | null;
            /** @description For people. */
            sentence: string;
        };
    };
    responses: {
        /** @description Not as things are now: there is one already, or it is in no state for that. */
        Conflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Not with this role, or not from this page. */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Something in the request is wrong. */
        Invalid: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The lease has ended. */
        LeaseLost: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is not said to be JSON. */
        NotJson: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The server can't do this just now, and the same may do in a moment. */
        NotNow: {
            headers: {
                /** @description Seconds. */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Somebody else changed it since it was read. */
        Stale: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Nothing of the body came for a while. */
        Stalled: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is larger than is allowed here, or the file than can be written here. */
        TooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too many requests. */
        TooOften: {
            headers: {
                /** @description Seconds. */
                "Retry-After"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The agent is too old for this server. */
        TooOld: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such thing. */
        Unknown: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Who asks has not proven who they are. */
        Unproven: {
            headers: {
                /** @description `Bearer`. */
                "WWW-Authenticate"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It does not say which version it replaces. */
        VersionMissing: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    access: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AskAccess"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Access"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            426: components["responses"]["TooOld"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    enrol: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Enrol"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Enrolled"];
                };
            };
            400: components["responses"]["Invalid"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            426: components["responses"]["TooOld"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    upload_result: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
                task: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description It was there. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is kept. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            408: components["responses"]["Stalled"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Status"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatusAnswer"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    acknowledge_task: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Acknowledge"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    begin_task: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Begin"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Begun"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    extend_task: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Extend"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            410: components["responses"]["LeaseLost"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    receive_tasks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Receive"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Received"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    refuse_task: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Refuse"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    release_task: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Release"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            410: components["responses"]["LeaseLost"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    agents: {
        parameters: {
            query?: {
                /** @description Only at this site. */
                site?: string;
                /** @description Also those that are hidden. */
                hidden?: boolean;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Agent"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    agent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    approve_agent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    hide_agent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    move_agent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MoveAgent"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    revoke_agent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    show_agent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    alerts: {
        parameters: {
            query?: {
                /** @description Only in this state; where absent, all that are not resolved. */
                state?: components["schemas"]["AlertState"];
                /** @description At least so severe. */
                severity?: components["schemas"]["Severity"];
                /** @description Only at this site. */
                site?: string;
                /** @description Only at an address of this network. */
                network?: string;
                /** @description Only of this rule, or this kind of trouble. */
                rule?: string;
                /** @description Only at this address. */
                address?: string;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Alert"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    act_on_alerts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BulkAction"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BulkOutcome"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    alert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alert: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    act_on_alert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                alert: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlertAction"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alert"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    audit: {
        parameters: {
            query?: {
                /** @description Only with this text in who did it. */
                who?: string;
                /** @description Only what begins so: `scan`, or `scan.created`. */
                what?: string;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AuditEntry"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    export_audit: {
        parameters: {
            query?: {
                /** @description Only with this text in who did it. */
                who?: string;
                /** @description Only what begins so: `scan`, or `scan.created`. */
                what?: string;
                /** @description How it is written; `csv` where absent. */
                format?: "csv" | "jsonl";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                    "application/x-ndjson": string;
                };
            };
            /** @description On AWS, where it is large: it is at `Location` for some minutes. */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    channels: {
        parameters: {
            query?: {
                /** @description Only with this text in the name, whatever its case. */
                name?: string;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Channel"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    create_channel: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 200 visible characters, random. For a day, the same request with it again makes nothing, and has the same answer; where that held a secret, 409. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChannelDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    channel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channel: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    edit_channel: {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` of what is replaced. */
                "If-Match": string;
            };
            path: {
                channel: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChannelDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Channel"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            412: components["responses"]["Stale"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            428: components["responses"]["VersionMissing"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    delete_channel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channel: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    test_channel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                channel: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelTest"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    clean_ups: {
        parameters: {
            query?: {
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_CleanUp"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    clean_up: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 200 visible characters, random. For a day, the same request with it again makes nothing, and has the same answer; where that held a secret, 409. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCleanUp"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CleanUp"];
                };
            };
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CleanUp"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    preview_clean_up: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCleanUp"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CleanUpPreview"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    clean_up_state: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                clean_up: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CleanUp"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    accept_deltas: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcceptDeltas"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcceptedDeltas"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Stale"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    doctor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Doctor"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    enrolments: {
        parameters: {
            query?: {
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Enrolment"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    create_enrolment: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 200 visible characters, random. For a day, the same request with it again makes nothing, and has the same answer; where that held a secret, 409. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewEnrolment"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedEnrolment"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    delete_enrolment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                enrolment: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    events: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `id` of the last event that was seen. */
                "Last-Event-ID"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    expectation_file: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    /** @description The version of all that is expected. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": unknown;
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    apply_expectation_file: {
        parameters: {
            query?: {
                /** @description What the file does not name is removed. */
                prune?: boolean;
            };
            header?: {
                /** @description The `ETag` of the file or of a preview; needed with `prune`. */
                "If-Match"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/yaml": string;
            };
        };
        responses: {
            200: {
                headers: {
                    /** @description The version of all that is expected. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AppliedExpectations"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Stale"];
            413: components["responses"]["TooLarge"];
            428: components["responses"]["VersionMissing"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    preview_expectation_file: {
        parameters: {
            query?: {
                /** @description What the file does not name is removed. */
                prune?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/yaml": string;
            };
        };
        responses: {
            200: {
                headers: {
                    /** @description The version of all that is expected now. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AppliedExpectations"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    expectations: {
        parameters: {
            query?: {
                /** @description Only at this site. */
                site?: string;
                /** @description Only those about this address. */
                address?: string;
                /** @description Only with this text in the addresses, ports, service, reason, owner or id. */
                q?: string;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Expectation"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    create_expectation: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 200 visible characters, random. For a day, the same request with it again makes nothing, and has the same answer; where that held a secret, 409. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExpectationDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Expectation"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Stale"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    expectation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                expectation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Expectation"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    edit_expectation: {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` of what is replaced. */
                "If-Match": string;
            };
            path: {
                expectation: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExpectationDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Expectation"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            412: components["responses"]["Stale"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            428: components["responses"]["VersionMissing"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    delete_expectation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                expectation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            412: components["responses"]["Stale"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    accept_invitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcceptInvitation"];
            };
        };
        responses: {
            201: {
                headers: {
                    /** @description The session. */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["Invalid"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    logs: {
        parameters: {
            query?: {
                /** @description Only of this level, and of those that matter more. */
                level?: components["schemas"]["LogLevel"];
                /** @description Only with this text in the message, the part of the program or a field, whatever the case of its letters. */
                q?: string;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogPage"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    change_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangePassword"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    move: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                move: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Move"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    put_frame: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                move: string;
                frame: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Move"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            408: components["responses"]["Stalled"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    network_cards: {
        parameters: {
            query?: {
                /** @description Only at this site. */
                site?: string;
                /** @description Only those whose last run has this status: `stable`, `changes` or `critical`. */
                status?: string;
                /** @description Only those whose last run has a score of this class: `excellent`, `good`, `monitor` or `critical`. */
                class?: string;
                /** @description Only with this text in the network's name. */
                name?: string;
                /** @description `recent` (the default), `oldest`, `score` (lowest first), `-score`, `name`, `changes` (fewest first) or `-changes`. */
                sort?: "recent" | "oldest" | "score" | "-score" | "name" | "changes" | "-changes";
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_NetworkCard"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    networks: {
        parameters: {
            query?: {
                /** @description Only with this text in the name, whatever its case. */
                name?: string;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Network"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    create_network: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 200 visible characters, random. For a day, the same request with it again makes nothing, and has the same answer; where that held a secret, 409. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Network"];
            };
        };
        responses: {
            201: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Network"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    network: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                network: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Network"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    edit_network: {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` of what is replaced. */
                "If-Match": string;
            };
            path: {
                network: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NetworkChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Network"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            412: components["responses"]["Stale"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            428: components["responses"]["VersionMissing"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    delete_network: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                network: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    compliance: {
        parameters: {
            query?: {
                /** @description At this site; where absent, the site whose run touched the network last. */
                site?: string;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                network: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Violation"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    network_coverage: {
        parameters: {
            query?: {
                /** @description At this site; where absent, the site whose run touched the network last. */
                site?: string;
                /** @description Only of this port: `22` or `53/udp`. */
                port?: string;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                network: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_CoverageRow"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    network_history: {
        parameters: {
            query?: {
                /** @description Only as this site sees it. */
                site?: string;
                /** @description Only these kinds, joined by commas: `port-opened,host-new`. */
                kind?: string;
                /** @description Also what was seen for the first time, which is no change. */
                first_looks?: boolean;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                network: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Delta"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    network_map: {
        parameters: {
            query?: {
                /** @description As this site sees it; where absent, the site whose run touched the network last. */
                site?: string;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                network: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_MapBlock"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    network_runs: {
        parameters: {
            query?: {
                /** @description As this site sees it; where absent, the site whose run touched the network last. */
                site?: string;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                network: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_NetworkRun"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    overview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    queues: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueView"][];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    dead_letters: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                queue: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetter"][];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    redrive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                queue: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Redriven"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Registration"];
            };
        };
        responses: {
            201: {
                headers: {
                    /** @description The session. */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["Invalid"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    reports: {
        parameters: {
            query?: {
                /** @description Only at this site. */
                site?: string;
                /** @description Only of this scan, by its id. */
                scan?: string;
                /** @description Only those that touched this network. */
                network?: string;
                /** @description Only with this status: `stable`, `changes` or `critical`. */
                status?: string;
                /** @description Only with a score of this class: `excellent`, `good`, `monitor` or `critical`. */
                class?: string;
                /** @description Only with this text in the scan's name. */
                name?: string;
                /** @description Only with a change of this kind: `port-opened`, ... */
                kind?: string;
                /** @description Only those that were finished since then. */
                since?: components["schemas"]["Time"];
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Report"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    report: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Report"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    export_report: {
        parameters: {
            query?: {
                /** @description `csv`, `json`, `jsonl` (a change a line), `text` (the default) or `html`. */
                format?: string;
                /** @description Also what was seen for the first time, which is no change. */
                first_looks?: boolean;
            };
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                    "text/csv": string;
                    "application/json": string;
                    "application/x-ndjson": string;
                    "text/html": string;
                };
            };
            /** @description On AWS, where it is large: it is at `Location` for some minutes. */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    retention: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Retention"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    set_retention: {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` of what is replaced. */
                "If-Match": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Retention"];
            };
        };
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Retention"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            412: components["responses"]["Stale"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            428: components["responses"]["VersionMissing"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    preview_retention: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Retention"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetentionPreview"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    runs: {
        parameters: {
            query?: {
                /** @description Only at this site. */
                site?: string;
                /** @description Only of this scan, by its id. */
                scan?: string;
                /** @description Only those whose report is not written yet. */
                open?: boolean;
                /** @description Only those that are so: `complete`, `partial`, `cancelled`, `expired`, or `running`, whatever they wait for. */
                state?: string;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Run"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    cancel_run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    run_deltas: {
        parameters: {
            query?: {
                /** @description Only at these addresses, as targets. */
                targets?: string;
                /** @description Only these kinds, joined by commas: `port-opened,host-new`. */
                kind?: string;
                /** @description Only what was seen since then. */
                since?: components["schemas"]["Time"];
                /** @description Also what was seen for the first time, which is no change. */
                first_looks?: boolean;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Delta"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    run_tasks: {
        parameters: {
            query?: {
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                run: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_TaskView"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    preview_scan_options: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AskOptions"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OptionsPreview"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    scans: {
        parameters: {
            query?: {
                /** @description Only those that are active, or that are not. */
                active?: boolean;
                /** @description Only with this text in the name, whatever its case. */
                name?: string;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Scan"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    create_scan: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 200 visible characters, random. For a day, the same request with it again makes nothing, and has the same answer; where that held a secret, 409. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ScanDraft"];
            };
        };
        responses: {
            201: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Scan"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    preview_scan: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ScanDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScanPreview"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    scan: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                scan: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Scan"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    edit_scan: {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` of what is replaced. */
                "If-Match": string;
            };
            path: {
                scan: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ScanDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Scan"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Stale"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            428: components["responses"]["VersionMissing"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    deactivate_scan: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                scan: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    clone_scan: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 200 visible characters, random. For a day, the same request with it again makes nothing, and has the same answer; where that held a secret, 409. */
                "Idempotency-Key"?: string;
            };
            path: {
                scan: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CloneScan"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Scan"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    pause_scan: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                scan: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Scan"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    export_reports: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                scan: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": string;
                };
            };
            /** @description On AWS, where it is large: it is at `Location` for some minutes. */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    resume_scan: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                scan: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Scan"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    start_runs: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 200 visible characters, random. */
                "Idempotency-Key"?: string | null;
            };
            path: {
                scan: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StartRuns"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedRuns"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    timeline: {
        parameters: {
            query?: {
                /** @description Only at this site. */
                site?: string;
                /** @description Only those that changed something of these kinds, joined by commas: `port-opened,host-new`. */
                kind?: string;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                scan: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_TimelineEntry"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    preview_schedule: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AskSchedule"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SchedulePreview"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    search: {
        parameters: {
            query: {
                /**
                 * @description Words that all must hold: `port:443`, `port:53/udp`, `port:8000-8100`, `service:ssh`, `product:nginx`, `version:1.*`,
                 *     `address:10.0.0.0/24`, `name:web*`, `mac:00:00:5e*`, `network:Lab`, or any word. Those about ports must hold of the
                 *     same port. A value matches a part of a text, with `*` or `?` all of it; quotes hold words together.
                 */
                q: string;
                /** @description Only at this site. */
                site?: string;
                /** @description As it was believed then. */
                at?: components["schemas"]["Time"];
                /** @description Also hosts that are gone. */
                gone?: boolean;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SearchHit"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    sign_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    /** @description The session. */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    sign_out_everywhere: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    people_settings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PeopleSettings"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    set_people_settings: {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` of what is replaced. */
                "If-Match": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PeopleSettings"];
            };
        };
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PeopleSettings"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            412: components["responses"]["Stale"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            428: components["responses"]["VersionMissing"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    sign_in_options: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignInOptions"];
                };
            };
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    end_single_sign_on: {
        parameters: {
            query?: {
                /** @description Proves to the provider who asks. */
                code?: string;
                /** @description What the browser was sent there with. */
                state?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description To a page of the dashboard. */
            302: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    start_single_sign_on: {
        parameters: {
            query?: {
                /** @description A page of the dashboard: `/scans`. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description To the provider. */
            302: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Invalid"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    sites: {
        parameters: {
            query?: {
                /** @description Only with this text in the name, whatever its case. */
                name?: string;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Site"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    create_site: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 200 visible characters, random. For a day, the same request with it again makes nothing, and has the same answer; where that held a secret, 409. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSite"];
            };
        };
        responses: {
            201: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Site"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    site: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Site"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    edit_site: {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` of what is replaced. */
                "If-Match": string;
            };
            path: {
                site: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SiteChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Site"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            412: components["responses"]["Stale"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            428: components["responses"]["VersionMissing"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    deactivate_site: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    deltas: {
        parameters: {
            query?: {
                /** @description Only at these addresses, as targets. */
                targets?: string;
                /** @description Only these kinds, joined by commas: `port-opened,host-new`. */
                kind?: string;
                /** @description Only what was seen since then. */
                since?: components["schemas"]["Time"];
                /** @description Also what was seen for the first time, which is no change. */
                first_looks?: boolean;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Delta"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    hosts: {
        parameters: {
            query?: {
                /** @description Only these addresses, as targets. */
                targets?: string;
                /** @description Only those of this network, `unassigned` for those of none: an address belongs to the narrowest network around it. */
                network?: string;
                /** @description Only hosts with this port open: `22` or `53/udp`. */
                port?: string;
                /** @description Also hosts that are gone. */
                gone?: boolean;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                site: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Host"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    host: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                site: string;
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Host"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    expected_of_port: {
        parameters: {
            query: {
                /** @description `22` or `53/udp`. */
                port: string;
            };
            header?: never;
            path: {
                site: string;
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExpectedOfPort"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    history: {
        parameters: {
            query?: {
                /** @description Only of this port: `22` or `53/udp`. */
                port?: string;
                /** @description Only these kinds, joined by commas: `port-opened,host-new`. */
                kind?: string;
                /** @description Only what was seen since then. */
                since?: components["schemas"]["Time"];
                /** @description Only what was seen until then. */
                until?: components["schemas"]["Time"];
                /** @description Also what was seen for the first time, which is no change; with it where absent. */
                first_looks?: boolean;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                site: string;
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["History"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    host_note: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                site: string;
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HostNote"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    set_host_note: {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` of what is replaced. */
                "If-Match": string;
            };
            path: {
                site: string;
                address: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HostNoteChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HostNote"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            412: components["responses"]["Stale"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            428: components["responses"]["VersionMissing"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    import: {
        parameters: {
            query?: {
                /** @description What to call it, at most 200 characters: the name of the file. */
                name?: string;
                /** @description The addresses that were scanned. */
                targets?: string;
                /** @description The ports that were scanned. */
                ports?: string;
                /** @description The time of a file that has none; now where absent. */
                time?: components["schemas"]["Time"];
                /** @description The zone of times that name none: `Europe/Berlin`; UTC where absent. */
                timezone?: string;
                /** @description The format; by its content where absent. */
                format?: string;
                /** @description So many results in a row must agree before something new is reported, 1 to 20. */
                confirm_open?: number;
                /** @description So many results in a row must agree before something gone is reported, 1 to 20. */
                confirm_close?: number;
            };
            header?: never;
            path: {
                site: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description It had been taken in before. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imported"];
                };
            };
            /** @description It was taken in, or refused and kept. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imported"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            408: components["responses"]["Stalled"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    result: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                site: string;
                /** @description As `why` of a change names it. */
                result: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResultView"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    tokens: {
        parameters: {
            query?: {
                /** @description Only with this text in the name, whatever its case. */
                name?: string;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Token"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    create_token: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 200 visible characters, random. For a day, the same request with it again makes nothing, and has the same answer; where that held a secret, 409. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewToken"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedToken"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    revoke_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    users: {
        parameters: {
            query?: {
                /** @description Only with this text in the name, whatever its case. */
                name?: string;
                /** @description At most so many things, 1 to 500; 100 where absent. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_User"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    create_user: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 200 visible characters, random. For a day, the same request with it again makes nothing, and has the same answer; where that held a secret, 409. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            201: {
                headers: {
                    /** @description The user's version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedUser"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    edit_user: {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` of what is replaced. */
                "If-Match": string;
            };
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["Stale"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            428: components["responses"]["VersionMissing"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    delete_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    invite_user: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 200 visible characters, random. For a day, the same request with it again makes nothing, and has the same answer; where that held a secret, 409. */
                "Idempotency-Key"?: string;
            };
            path: {
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invited"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["Unknown"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    watched_ports: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatchedPort"][];
                };
            };
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
    set_watched_ports: {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` of what is replaced. */
                "If-Match": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WatchedPort"][];
            };
        };
        responses: {
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatchedPort"][];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unproven"];
            403: components["responses"]["Forbidden"];
            412: components["responses"]["Stale"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["NotJson"];
            428: components["responses"]["VersionMissing"];
            429: components["responses"]["TooOften"];
            503: components["responses"]["NotNow"];
        };
    };
}
