"""People and programs that use three responders at once, and the record of all that was promised to them."""

import collections
import random
import threading
import time

from responder import Client

PEOPLE = 12
GUESSERS = 6
TOLERATED_GUESSES = 5
PASSWORD = "correct horse battery staple"


class Record:
    """What was answered, and what of it may never turn out to be untrue."""

    def __init__(self):
        self.lock = threading.Lock()
        self.statuses = collections.Counter()
        self.faults = []
        # Identifiers of what an answer said is stored, by table, and of what it said is gone.
        self.stored = {"account": set(), "api_token": set()}
        self.removed = {"api_token": set()}
        # Tokens that must be accepted, and those that must not be.
        self.live, self.revoked = [], []
        self.acknowledged = self.rounds = self.checks = 0
        self.guesses = collections.defaultdict(list)
        # Moments and statuses by responder: of verifies of a good token, and of logins with the right password.
        self.verifies = collections.defaultdict(list)
        self.logins = collections.defaultdict(list)
        self.longest = 0.0

    def fault(self, text):
        with self.lock:
            self.faults.append(text)

    def note(self, operation, status, took):
        with self.lock:
            self.statuses[operation, status] += 1
            self.longest = max(self.longest, took)

    def acknowledge(self, table, identifier):
        with self.lock:
            self.acknowledged += 1
            self.stored[table].add(identifier)

    def revoke(self, table, identifier, token):
        with self.lock:
            self.acknowledged += 1
            self.stored[table].discard(identifier)
            self.removed[table].add(identifier)
            self.revoked.append(token)

    def forget(self, table, identifier, token):
        """An answer said that a revocation may have been done, or not."""
        with self.lock:
            self.stored[table].discard(identifier)
            if token in self.live:
                self.live.remove(token)


class Caller:
    """One thread's connections to all responders. An answer that none may give is a fault."""

    def __init__(self, responders, record, seed):
        self.clients = [Client(responder) for responder in responders]
        self.record = record
        self.random = random.Random(seed)

    def call(self, operation, number, method, path, **options):
        """The answer of a responder; `None` where there was none, which is a fault."""
        number = self.random.randrange(len(self.clients)) if number is None else number
        client, began = self.clients[number], time.monotonic()
        try:
            answer = client.call(method, path, **options)
        except TimeoutError:
            self.record.fault(f"{operation} on {client.responder.name}: no answer in {time.monotonic() - began:.0f} s")
            return None
        except (OSError, ValueError) as error:
            self.record.fault(f"{operation} on {client.responder.name}: {error!r}")
            return None
        self.record.note(operation, answer.status, time.monotonic() - began)
        if not (200 <= answer.status < 300 or 400 <= answer.status < 500 or answer.status == 503):
            self.record.fault(f"{operation} on {client.responder.name}: {answer.status} {answer.body[:200]}")
        return answer

    def address(self):
        return "10.{}.{}.{}".format(*(self.random.randrange(1, 255) for _ in range(3)))

    def check_revoked(self, number, token, what):
        answer = self.call("verify a revoked one", number, "GET", "/auth/verify", token=token, address=self.address())
        if answer and answer.status not in (401, 429, 503):
            name = self.clients[number].responder.name
            self.record.fault(f"{what}: {name} answered {answer.status} to a revoked token")
        return answer

    def check_live(self, number, token, what):
        answer = self.call("verify", number, "GET", "/auth/verify", token=token)
        if answer and answer.status not in (204, 503):
            name = self.clients[number].responder.name
            self.record.fault(f"{what}: {name} answered {answer.status} to a good token: {answer.body[:200]}")
        return answer

    def close(self):
        for client in self.clients:
            client.close()


class Workload:
    """The threads. Between `begin` and `end` they call, each one's next call beginning when the last was answered."""

    def __init__(self, responders, token, seed, pause=0.0):
        self.responders, self.token, self.seed, self.pause = responders, token, seed, pause
        self.record = Record()
        self.is_over = threading.Event()
        self.threads = []
        self.victim = 0

    def begin(self):
        jobs = [(self.person, index) for index in range(PEOPLE)] + [(self.guess, index) for index in range(GUESSERS)]
        # A login may wait for its deadline of 5 s on a server that is lost: another one begins meanwhile.
        probes = (self.probe, self.probe_writing, *[self.probe_login] * 3)
        jobs += [(job, index) for index in range(len(self.responders)) for job in probes]
        for order, (job, index) in enumerate(jobs):
            caller = Caller(self.responders, self.record, f"{self.seed} {order}")
            thread = threading.Thread(target=self.work, args=(job, caller, index), name=f"{job.__name__} {index}")
            self.threads.append(thread)
            thread.start()

    def work(self, job, caller, index):
        try:
            for _ in job(caller, index):
                if self.is_over.wait(self.pause):
                    break
        except Exception as error:  # one that is not understood is a fault, never a thread less
            self.record.fault(f"{threading.current_thread().name}: {error!r}")
        finally:
            caller.close()

    def end(self):
        self.is_over.set()
        for thread in self.threads:
            thread.join(60)
            if thread.is_alive():
                self.record.fault(f"{thread.name} got no answer")

    # --- What they do ---

    def person(self, caller, index):
        """Registers, logs in, makes API tokens, revokes half of them, and logs out now and then."""
        number = session = account = None
        while True:
            if session is None:
                if account is None:
                    number = (number or 0) + 1
                    account = self.register(caller, f"person{index}.{number}@example.test")
                session = self.log_in(caller, account) if account else None
                yield
                continue
            if caller.random.random() < 0.03:
                session = self.log_out(caller, session)
            else:
                self.use_token(caller, session)
            self.check_any(caller)
            yield

    def register(self, caller, email):
        answer = caller.call(
            "register", None, "POST", "/auth/register", token=self.token, body={"email": email, "password": PASSWORD})
        # One that may have been done is never repeated: the next one is of another address.
        if answer and answer.status == 200:
            self.record.acknowledge("account", answer.json["id"])
        elif answer and answer.status != 503:
            self.record.fault(f"register: {answer.status} {answer.body[:200]}")
        return email if answer and answer.status == 200 else None

    def log_in(self, caller, email):
        answer = self.try_login(caller, None, email)
        return answer.session if answer and answer.status == 200 else None

    def try_login(self, caller, number, email):
        answer = caller.call(
            "log in", number, "POST", "/auth/login", body={"email": email, "password": PASSWORD},
            address=caller.address())
        if answer and answer.status == 200:
            with self.record.lock:
                self.record.acknowledged += 1
        elif answer and answer.status not in (429, 503):
            self.record.fault(f"log in: {answer.status} {answer.body[:200]} to the right password")
        return answer

    def log_out(self, caller, session):
        answer = caller.call("log out", None, "POST", "/auth/logout", token=session)
        if answer and answer.status == 200:
            with self.record.lock:
                self.record.acknowledged += 1
                self.record.revoked.append(session)
            self.check_everywhere(caller, session, "after a logout")
        elif answer and answer.status not in (401, 503):
            self.record.fault(f"log out: {answer.status} {answer.body[:200]}")
        return None

    def use_token(self, caller, session):
        answer = caller.call(
            "create token", None, "POST", "/account/token", token=session, body={"name": "t", "scopes": ["tokens"]})
        if not answer or answer.status != 201:
            if answer and answer.status != 503:
                self.record.fault(f"create token: {answer.status} {answer.body[:200]}")
            return
        made = answer.json
        token = made["token"]
        self.record.acknowledge("api_token", made["id"])
        caller.check_live(caller.random.randrange(len(caller.clients)), token, "after its creation")
        if caller.random.random() < 0.4:
            with self.record.lock:
                self.record.live.append(token)
            return
        # It is gone for this record before it is for the store, so that no other thread takes it for a good one.
        answer = caller.call("revoke token", None, "DELETE", f"/account/token/{made['hashed_token']}", token=session)
        if answer and answer.status == 200:
            self.record.revoke("api_token", made["id"], token)
            self.check_everywhere(caller, token, "after its revocation")
        else:
            self.record.forget("api_token", made["id"], token)
            if answer and answer.status != 503:
                self.record.fault(f"revoke token: {answer.status} {answer.body[:200]}")

    def check_everywhere(self, caller, token, what):
        """A round: each responder is asked for what was revoked."""
        numbers = list(range(len(caller.clients)))
        caller.random.shuffle(numbers)
        answers = [caller.check_revoked(number, token, what) for number in numbers]
        with self.record.lock:
            self.record.rounds += 1
            self.record.checks += sum(answer is not None and answer.status == 401 for answer in answers)

    def check_any(self, caller):
        """An older token of each kind, by any responder."""
        with self.record.lock:
            live = caller.random.choice(self.record.live) if self.record.live else None
            revoked = caller.random.choice(self.record.revoked) if self.record.revoked else None
        number = caller.random.randrange(len(caller.clients))
        if live:
            caller.check_live(number, live, "later")
        if revoked:
            caller.check_revoked(number, revoked, "later")

    def guess(self, caller, index):
        """Guesses passwords of one account after the other: all guessers the same, by all responders."""
        while True:
            victim = int(time.monotonic() / 4)
            began = time.monotonic()
            answer = caller.call(
                "guess", None, "POST", "/auth/login", address="203.0.113.9",
                body={"email": f"victim{victim}@example.test", "password": "not it at all"})
            if answer and answer.status not in (401, 429, 503):
                self.record.fault(f"guess: {answer.status} {answer.body[:200]}")
            if answer and answer.status == 401:
                with self.record.lock:
                    self.record.guesses[victim].append(began)
            time.sleep(0.1)
            yield

    def probe(self, caller, index):
        """Verifies a good token by one responder, all the time."""
        while True:
            answer = caller.call("verify", index, "GET", "/auth/verify", token=self.token)
            if answer and answer.status not in (204, 503):
                self.record.fault(f"verify: {answer.status} {answer.body[:200]} to a good token")
            self.record.verifies[index].append((time.monotonic(), answer.status if answer else 0))
            time.sleep(0.03)
            yield

    def probe_login(self, caller, index):
        """Logs in at one responder: seldom as long as it goes, and all the time from the first refusal on."""
        email = None
        while True:
            name = f"probe{caller.random.randrange(1 << 60)}"
            email = email or self.register(caller, f"{name}@example.test")
            answer = self.try_login(caller, index, email) if email else None
            is_in = answer is not None and answer.status == 200
            self.record.logins[index].append((time.monotonic(), answer.status if answer else 0))
            time.sleep(1 if is_in else 0.03)
            yield

    def probe_writing(self, caller, index):
        """Asks one responder whether it can write."""
        while True:
            caller.call("ready", index, "GET", "/health/ready")
            time.sleep(0.2)
            yield
