using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LstmOrleans.Processes;

/// <summary>The few questions to a Redis-protocol server on loopback that whoever starts one has.</summary>
public sealed class RespConnection : IDisposable
{
    private readonly TcpClient _client;
    private readonly BufferedStream _stream;

    private RespConnection(TcpClient client) => (_client, _stream) = (client, new BufferedStream(client.GetStream()));

    /// <summary>Connects, and gives the password where there is one.</summary>
    /// <exception cref="IOException">Nobody answers, or not in this protocol.</exception>
    public static async Task<RespConnection> OpenAsync(int port, string? password, CancellationToken cancellation)
    {
        var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, cancellation).ConfigureAwait(false);
            var connection = new RespConnection(client);
            if (password != null)
                await connection.SendAsync(["AUTH", password], cancellation).ConfigureAwait(false);
            return connection;
        }
        catch (SocketException refused)
        {
            client.Dispose();
            throw new IOException($"Nobody answers on port {port}: {refused.Message}.", refused);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Whether a server answers PING within 2 s.</summary>
    public static async Task<bool> PingAsync(int port, string? password, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(2));
        try
        {
            using var connection = await OpenAsync(port, password, limit.Token).ConfigureAwait(false);
            return await connection.SendAsync(["PING"], limit.Token).ConfigureAwait(false) == "PONG";
        }
        catch (Exception exception) when (exception is IOException || (exception is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>Sends a command whose answer is a string, a number or an error.</summary>
    /// <exception cref="IOException">An error, or the connection ended.</exception>
    public async Task<string> SendAsync(IReadOnlyList<string> command, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(command);
        string text = $"*{command.Count}\r\n" + string.Concat(command.Select(word => $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n"));
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation).ConfigureAwait(false);
        await _stream.FlushAsync(cancellation).ConfigureAwait(false);
        string line = await LineAsync(cancellation).ConfigureAwait(false);
        return line switch
        {
            ['+' or ':', ..] => line[1..],
            ['$', ..] => await BlockAsync(int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture), cancellation).ConfigureAwait(false),
            _ => throw new IOException($"The server answered {command[0]} with '{line}'."),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _client.Dispose();
    }

    private async Task<string> BlockAsync(int length, CancellationToken cancellation)
    {
        if (length < 0)
            return "";
        byte[] block = new byte[length + 2];
        await _stream.ReadExactlyAsync(block, cancellation).ConfigureAwait(false);
        return Encoding.UTF8.GetString(block.AsSpan(0, length));
    }

    private async Task<string> LineAsync(CancellationToken cancellation)
    {
        var line = new StringBuilder();
        byte[] next = new byte[1];
        while (true)
        {
            await _stream.ReadExactlyAsync(next, cancellation).ConfigureAwait(false);
            if (next[0] == '\n')
                return line.ToString();
            if (next[0] != '\r')
                line.Append((char)next[0]);
        }
    }
}
