"""What people do in forums."""

from tests.services.api_core.life.clients import UNSEEN, Client


async def begin_a_thread(client: Client) -> None:
    """With its first post."""
    room = client.world.room(client.chance)
    path = f"/forums/{client.chance.choice(room.forums)}/threads"
    made = await client.change("POST", path, {"title": "Why?", "body": "Tell me."})
    if made:
        room.threads.append(made["id"])
        room.posts.append((made["id"], made["last_post_id"]))


async def reply(client: Client) -> None:
    """To a thread or to a post in it."""
    room = client.world.room(client.chance)
    if not room.posts:
        return
    thread, post = client.chance.choice(room.posts)
    body = {"body": "So.", "parent_id": client.chance.choice([None, post])}
    made = await client.change(
        "POST",
        f"/threads/{thread}/posts",
        body,
        *("api_core.thread-locked", "api_core.replies-too-deep"),
    )
    if made:
        room.posts.append((thread, made["id"]))


async def read_on(client: Client) -> None:
    """A thread, up to one of its posts."""
    room = client.world.room(client.chance)
    if room.posts:
        thread, post = client.chance.choice(room.posts)
        await client.read(f"/threads/{thread}/posts")
        await client.change("PUT", f"/threads/{thread}/read", {"post_id": post})


async def react(client: Client) -> None:
    """Or take it back."""
    room = client.world.room(client.chance)
    if room.posts:
        path = f"/posts/{client.chance.choice(room.posts)[1]}/reactions"
        kind = client.chance.choice(["vote", "report", "endorse"])
        if client.chance.random() < 0.3:
            await client.change("DELETE", f"{path}?kind={kind}")
        else:
            await client.change("PUT", path, {"kind": kind}, "api_core.post-gone")


async def rewrite_or_take_back(client: Client) -> None:
    """A post, which may be another's."""
    room = client.world.room(client.chance)
    if room.posts:
        path = f"/posts/{client.chance.choice(room.posts)[1]}"
        locked = "api_core.thread-locked"
        if client.chance.random() < 0.5:
            await client.change("DELETE", path, None, locked)
        else:
            gone = "api_core.post-gone"
            body = {"body": f"Again {client.chance.random()}"}
            version = client.chance.randint(1, 2)
            await client.change("PATCH", path, body, UNSEEN, locked, gone, version=version)


async def moderate(client: Client) -> None:
    """Hide or restore a post; pin, lock or unlock a thread."""
    room = client.world.room(client.chance)
    if not room.posts:
        return
    thread, post = client.chance.choice(room.posts)
    what = client.chance.randrange(3)
    if what == 0:
        await client.change("PUT", f"/posts/{post}/hidden", {"note": "No"}, "api_core.post-gone")
    elif what == 1:
        await client.change("DELETE", f"/posts/{post}/hidden", None, "api_core.post-gone")
    elif (seen := await client.read(f"/threads/{thread}")) is not None:
        body = {"pinned": client.chance.random() < 0.5, "locked": client.chance.random() < 0.2}
        await client.change("PATCH", f"/threads/{thread}", body, UNSEEN, version=seen["version"])
