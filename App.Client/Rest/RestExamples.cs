namespace Weir.App.Client.Rest;

/// <summary>The worked examples of the page about REST. In shell and Python alike the capitals are variables of the environment.</summary>
public static class RestExamples
{
    /// <summary>What stands above every example in Python.</summary>
    public const string Python = """
        import json, os, sys, time
        from urllib.parse import quote
        from urllib.request import Request, urlopen

        WEIR, TOKEN = os.environ["WEIR"], os.environ["TOKEN"]

        def ask(path, body=None, **headers):  # reads, or with a body acts
            headers = {"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
            with urlopen(Request(WEIR + path, None if body is None else json.dumps(body).encode(), headers)) as answer:
                return json.load(answer)

        """;

    public static IReadOnlyList<RestExample> All { get; } =
    [
        new("red", "What is red?", "The last result of every builder: 0 success, 1 warnings, 2 failure, 3 skipped, 4 exception, 5 retry, 6 cancelled; null before the first build.",
            """
            curl -fsS "$WEIR/builders?field=name&field=last_result&last_result=2&last_result=4"
            """,
            """
            for builder in ask("/builders")["builders"]:
                if builder["last_result"] in (2, 4):
                    print(builder["name"], "is red since or before build", builder["last_build"])
            """),
        new("builds", "The last builds of a builder", "Any field filters and orders; a property is had by its name.",
            """
            curl -fsS "$WEIR/builders/$BUILDER/builds?complete=true&order=-number&limit=5&property=owner"
            """,
            """
            for build in ask("/builders/" + quote(os.environ["BUILDER"]) + "/builds?complete=true&order=-number&limit=5")["builds"]:
                print(build["number"], build["results"], build["state_string"], build["complete_at"] - build["started_at"], "s")
            """),
        new("all", "All builds since yesterday, however many", "A long list comes in pages: meta.next is the key of the following one. Times are seconds since 1970.",
            """
            curl -fsS "$WEIR/builds?started_at__ge=$(($(date +%s) - 86400))&order=-started_at&limit=500"
            """,
            """
            path = "/builds?order=-started_at&limit=500&started_at__ge=" + str(int(time.time()) - 86400)
            after, count = "", 0
            while after is not None:
                page = ask(path + after)
                count += len(page["builds"])
                after = "&after=" + quote(page["meta"]["next"]) if "next" in page["meta"] else None
            print(count, "builds")
            """),
        new("log", "A whole log, and a search in all logs of a build", "/follow instead of /raw goes on until the log, or the build, has ended.",
            """
            curl -fsS "$WEIR/builds/$BUILD/steps/$STEP/logs/stdio/raw"
            curl -fsS "$WEIR/builds/$BUILD/search?q=error"
            """,
            """
            build = os.environ["BUILD"]
            request = Request(WEIR + "/builds/" + build + "/follow", None, {"Authorization": "Bearer " + TOKEN})
            for line in urlopen(request):
                sys.stdout.write(line.decode())
            for hit in ask("/builds/" + build + "/search?q=error")["hits"]:
                print("line", hit["line"] + 1, hit["text"])
            """),
        new("force", "Start a build, once", "With an Idempotency-Key a script may try again as often as it likes: the builds are started once. The answer names the buildset, and for each builder its request.",
            """
            curl -fsS -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -H "Idempotency-Key: release-1.2" \
              -d '{"builders": ["'"$BUILDER"'"], "reason": "by hand", "branch": "main"}' "$WEIR/forceschedulers/$SCHEDULER/actions/force"
            """,
            """
            order = {"builders": [os.environ["BUILDER"]], "reason": "by hand", "branch": "main"}
            buildset, requests = ask("/forceschedulers/" + quote(os.environ["SCHEDULER"]) + "/actions/force", order, Idempotency_Key="release-1.2")["result"]
            print("buildset", buildset, "requests", list(requests.values()))
            """),
        new("waiting", "What waits, and why", "In the order in which it will run.",
            """
            curl -fsS "$WEIR/queue?field=buildername&field=waiting"
            """,
            """
            for request in ask("/queue")["buildrequests"]:
                print(request["buildername"], "waits:", request["waiting"]["text"])
            """),
        new("wait", "Wait for a build, and end as it ended", "A buildset, a request and a build say in complete whether they have ended. `weir build BUILD --wait` does the same.",
            """
            until [ "$(curl -fsS "$WEIR/builds/$BUILD?field=complete" | grep -c true)" = 1 ]; do sleep 2; done
            curl -fsS "$WEIR/builds/$BUILD?field=results"
            """,
            """
            while not (build := ask("/builds/" + os.environ["BUILD"])["builds"][0])["complete"]:
                time.sleep(2)
            print(build["state_string"])
            sys.exit(0 if build["results"] in (0, 1) else 1)
            """),
        new("change", "Report a change", "As a hook of a repository does. Whoever has the right sendchange may.",
            """
            curl -fsS -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \
              -d '{"author": "Ada <ada@example.org>", "comments": "Mend it", "branch": "main", "revision": "1a2b3c", "repository": "https://example.org/lib.git", "files": ["src/a.c"]}' "$WEIR/changes"
            """,
            """
            change = {"author": "Ada <ada@example.org>", "comments": "Mend it", "branch": "main", "revision": "1a2b3c", "repository": "https://example.org/lib.git", "files": ["src/a.c"]}
            print("change", ask("/changes", change)["changes"][0]["changeid"])
            """),
        new("pause", "Take a worker out of service, and back", "What runs on it runs to its end; nothing new begins.",
            """
            curl -fsS -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d '{"reason": "new disk"}' "$WEIR/workers/$WORKER/actions/pause"
            curl -fsS -H "Authorization: Bearer $TOKEN" -X POST "$WEIR/workers/$WORKER/actions/resume"
            """,
            """
            worker = "/workers/" + quote(os.environ["WORKER"])
            ask(worker + "/actions/pause", {"reason": "new disk"})
            print(ask(worker)["workers"][0]["state_reason"])
            ask(worker + "/actions/resume", {})
            """),
        new("check", "Check a configuration before it is applied", "config/apply with the same body puts it in force. `weir config check` finds the files of a folder.",
            """
            printf '{"parts": [{"name": "weir.yaml", "text": "weir: 1\\ntitle: Ours\\n"}]}' |
              curl -fsS -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d @- "$WEIR/config/check"
            """,
            """
            text = open(os.environ["FILE"], encoding="utf-8").read()
            for problem in ask("/config/check", {"parts": [{"name": "weir.yaml", "text": text}]})["problems"]:
                print("weir.yaml:{line}:{column}: {message}".format(**problem))
            """),
        new("events", "Hear what happens", "Server-sent events, numbered: who was cut off sends the last number it has as Last-Event-ID and misses nothing. Here only the first lines are taken.",
            """
            curl -fsSN "$WEIR/events?topics=builds" | head -n 3
            """,
            """
            events = urlopen(Request(WEIR + "/events?topics=builds", None, {"Authorization": "Bearer " + TOKEN}))
            for _ in range(3):
                print(events.readline().decode().rstrip())
            """),
    ];
}
