using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace LstmOrleans.Hosting.Dashboard;

/// <summary>The pages' files. They are inside this assembly, so every program that has it serves the same ones, from any folder.</summary>
internal sealed class DashboardFiles
{
    public IFileProvider Provider { get; } = new ManifestEmbeddedFileProvider(typeof(DashboardFiles).Assembly, "Dashboard/wwwroot");

    /// <summary>Serves the files, and each page under its own short address.</summary>
    public void Map(WebApplication app)
    {
        app.UseStaticFiles(new StaticFileOptions { FileProvider = Provider, ContentTypeProvider = Types(), OnPrepareResponse = Prepare });
        foreach (var (path, file) in new[] { ("/", "overview.html"), ("/stream", "stream.html"), ("/batch", "batch.html") })
            app.MapGet(path, context => Send(context, file));
    }

    private Task Send(HttpContext context, string file)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.SendFileAsync(Provider.GetFileInfo(file), context.RequestAborted);
    }

    // Kept, but asked for each time whether they are still the same: a new version of the process shows its own pages at once.
    private static void Prepare(StaticFileResponseContext file) => file.Context.Response.Headers.CacheControl = "no-cache";

    private static FileExtensionContentTypeProvider Types()
    {
        var types = new FileExtensionContentTypeProvider();
        types.Mappings[".js"] = "text/javascript; charset=utf-8";
        types.Mappings[".css"] = "text/css; charset=utf-8";
        return types;
    }
}
