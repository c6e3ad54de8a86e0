using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LstmOrleans.Faults.Network;

/// <summary>A TCP proxy between one silo and the store: it can answer slowly, lose a reply after the request went through, hold a commit or a whole write back.</summary>
internal sealed class TcpFaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly Func<int> _target;
    private readonly ConcurrentDictionary<Link, bool> _links = new();
    private readonly Task _accepting;
    private long _lostReplies, _heldCommits, _skippedCommits, _delayedMs, _slowReplies, _heldWrites, _landedWrites, _refused;
    private volatile bool _loseReplies, _holdCommits, _isShut;
    private volatile Hold? _holdWrites;

    /// <param name="address">Where it listens.</param>
    /// <param name="target">The store's port on loopback; asked for at each connection.</param>
    /// <param name="skipsReadBarrier">Whether the commits behind reads are taken out.</param>
    public TcpFaultProxy(IPAddress address, Func<int> target, bool skipsReadBarrier)
    {
        _listener = new TcpListener(address, 0);
        (_target, SkipsReadBarrier) = (target, skipsReadBarrier);
        _listener.Start();
        EndPoint = (IPEndPoint)_listener.LocalEndpoint;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    public bool SkipsReadBarrier { get; }

    /// <summary>Replies that were not passed on although their request was.</summary>
    public long LostReplies => Volatile.Read(ref _lostReplies);

    /// <summary>Commits that did not reach the store.</summary>
    public long HeldCommits => Volatile.Read(ref _heldCommits);

    /// <summary>Commits behind reads that were taken out.</summary>
    public long SkippedCommits => Volatile.Read(ref _skippedCommits);

    /// <summary>Replies that were held back for <see cref="Delay"/>.</summary>
    public long SlowReplies => Volatile.Read(ref _slowReplies);

    /// <summary>Writes that were held on their way to the store.</summary>
    public long HeldWrites => Volatile.Read(ref _heldWrites);

    /// <summary>Held writes that were let go and that the store has answered.</summary>
    public long LandedWrites => Volatile.Read(ref _landedWrites);

    /// <summary>Connections that came while it was shut.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>How long each reply is held back.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromMilliseconds(Volatile.Read(ref _delayedMs));
        set => Volatile.Write(ref _delayedMs, (long)value.TotalMilliseconds);
    }

    /// <summary>From now on requests of writes go through and their replies do not: the connection breaks instead.</summary>
    public void LoseReplies(bool lose) => _loseReplies = lose;

    /// <summary>From now on no commit reaches the store, and what the silo sends after it neither.</summary>
    public void HoldCommits(bool hold) => _holdCommits = hold;

    /// <summary>From now on writes of a stream, and what follows on their connection, stay here on their way to the store, until <see cref="ReleaseWrites"/>, whatever becomes of the silo meanwhile.</summary>
    public void HoldWrites(string stream) => _holdWrites = new Hold(Encoding.UTF8.GetBytes(stream), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>What was held goes to the store now.</summary>
    public void ReleaseWrites()
    {
        var held = _holdWrites;
        _holdWrites = null;
        held?.Released.TrySetResult();
    }

    /// <summary>Breaks all connections, and each that comes; or lets them through again.</summary>
    public void Shut(bool shut)
    {
        _isShut = shut;
        if (shut)
            Cut();
    }

    /// <summary>Breaks all connections.</summary>
    public void Cut()
    {
        foreach (var link in _links.Keys)
            link.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Cut();
        await _accepting;
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync();
                _ = ServeAsync(client);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var link = new Link(client);
        _links[link] = true;
        try
        {
            if (_isShut)
            {
                Interlocked.Increment(ref _refused);
                return;
            }

            await link.Server.ConnectAsync(IPAddress.Loopback, _target());
            client.NoDelay = link.Server.NoDelay = true;
            await Task.WhenAny(RequestsAsync(link), RepliesAsync(link));
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Either end is gone; so is the other now.
        }
        finally
        {
            _links.TryRemove(link, out _);
        }
    }

    private async Task RequestsAsync(Link link)
    {
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            int count = await link.Client.GetStream().ReadAsync(buffer);
            if (count == 0)
                return;
            ReadOnlyMemory<byte> bytes = buffer.AsMemory(0, count);
            link.IsReader |= StoreCommands.NamesReader(bytes.Span);
            link.Writes |= StoreCommands.HasScript(bytes.Span);
            if (_holdWrites is { } hold && !link.IsReader && StoreCommands.HasWrite(bytes.Span) && bytes.Span.IndexOf(hold.Stream) >= 0)
            {
                // Nothing more is read from the silo, so its death is not noticed either.
                Interlocked.Increment(ref _heldWrites);
                await hold.Released.Task.WaitAsync(link.Ended);
                link.WasHeld = true;
            }

            int commit = StoreCommands.IndexOfCommit(bytes.Span);
            if (commit >= 0 && _holdCommits && link.Writes)
            {
                // The script itself goes through; its commit and all that follows stay here until the connection ends.
                await link.Server.GetStream().WriteAsync(bytes[..commit]);
                Interlocked.Increment(ref _heldCommits);
                await Task.Delay(Timeout.Infinite, link.Ended);
            }

            if (commit >= 0 && SkipsReadBarrier && link.IsReader)
            {
                Interlocked.Increment(ref _skippedCommits);
                bytes = StoreCommands.WithoutCommits(bytes.Span);
            }

            await link.Server.GetStream().WriteAsync(bytes);
        }
    }

    private async Task RepliesAsync(Link link)
    {
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            int count = await link.Server.GetStream().ReadAsync(buffer);
            if (count == 0)
                return;
            if (_loseReplies && link.Writes && !link.IsReader)
            {
                Interlocked.Increment(ref _lostReplies);
                return;
            }

            if (link.WasHeld)
            {
                link.WasHeld = false;
                Interlocked.Increment(ref _landedWrites);
            }

            if (Delay is var delay && delay > TimeSpan.Zero)
            {
                await Task.Delay(delay, link.Ended);
                Interlocked.Increment(ref _slowReplies);
            }

            await link.Client.GetStream().WriteAsync(buffer.AsMemory(0, count));
        }
    }

    private sealed record Hold(byte[] Stream, TaskCompletionSource Released);

    /// <summary>One connection of the silo and the one behind it.</summary>
    private sealed class Link(TcpClient client) : IDisposable
    {
        private readonly CancellationTokenSource _ended = new();

        public TcpClient Client => client;

        public TcpClient Server { get; } = new();

        public CancellationToken Ended => _ended.Token;

        /// <summary>The silo reads records on it.</summary>
        public bool IsReader { get; set; }

        /// <summary>A script was sent on it.</summary>
        public bool Writes { get; set; }

        /// <summary>A held write was just let go; the next reply is its.</summary>
        public bool WasHeld { get; set; }

        public void Dispose()
        {
            _ended.Cancel();
            client.Dispose();
            Server.Dispose();
        }
    }
}
