using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LstmOrleans.Benchmarks.Telemetry;

/// <summary>A collector that takes everything over HTTP and throws it away.</summary>
internal sealed class OtlpSink : IAsyncDisposable
{
    private readonly WebApplication _app;
    private long _bytes;

    private OtlpSink(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    /// <summary>Bytes received.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public static async Task<OtlpSink> StartAsync(CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var sink = new OtlpSink(builder.Build());
        sink._app.Run(sink.TakeAsync);
        await sink._app.StartAsync(cancellation);
        return sink;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        byte[] buffer = new byte[64 << 10];
        for (int read; (read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0;)
            Interlocked.Add(ref _bytes, read);
        context.Response.ContentType = "application/x-protobuf";
    }
}
