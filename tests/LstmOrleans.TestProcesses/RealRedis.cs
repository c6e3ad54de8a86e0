namespace LstmOrleans.TestProcesses;

/// <summary>A real Redis (Debian's <c>redis-server</c>) with an append-only file.</summary>
public sealed class RealRedis : RespServer
{
    private readonly RedisFsync _fsync;

    private RealRedis(string folder, int port, RedisFsync fsync, string? password)
        : base(folder, port, password) => _fsync = fsync;

    /// <summary>The program, or another one that <c>LSTM_REDIS_SERVER</c> names (Valkey, a newer Redis); null where there is none.</summary>
    public static string? ServerPath { get; } = Environment.GetEnvironmentVariable("LSTM_REDIS_SERVER") is { Length: > 0 } named
        ? named : new[] { "/usr/bin/redis-server", "/usr/local/bin/redis-server" }.FirstOrDefault(File.Exists);

    /// <summary>Why there is none.</summary>
    public static string Problem => "redis-server is not installed (Debian: apt-get install redis-server).";

    /// <summary>Starts a server on a folder, which keeps its data, and waits until it answers.</summary>
    /// <param name="folder">Where its append-only file is.</param>
    /// <param name="port">A free port.</param>
    /// <param name="fsync">When it syncs its append-only file.</param>
    /// <param name="password">What clients have to give; null = nothing.</param>
    /// <exception cref="InvalidOperationException">It did not start; the message has its output.</exception>
    public static async Task<RealRedis> StartAsync(string folder, int port, RedisFsync fsync = RedisFsync.Always, string? password = null)
    {
        var server = new RealRedis(folder, port, fsync, password);
        await server.RestartAsync();
        return server;
    }

    /// <inheritdoc />
    protected override string[] Command() =>
    [
        ServerPath ?? throw new InvalidOperationException(Problem), "--bind", "127.0.0.1", "--port", $"{Port}", "--dir", Folder, "--save", "",
        "--appendonly", "yes", "--appendfsync", _fsync == RedisFsync.Always ? "always" : "everysec",
        .. Password == null ? (string[])[] : ["--requirepass", Password],
    ];
}
