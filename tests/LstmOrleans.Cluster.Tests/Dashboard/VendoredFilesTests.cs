using System.Security.Cryptography;
using System.Text.RegularExpressions;
using LstmOrleans.Hosting.Dashboard;
using Microsoft.Extensions.FileProviders;

namespace LstmOrleans.Cluster.Tests.Dashboard;

public sealed partial class VendoredFilesTests
{
    [Fact]
    public void ChartLibrary_AsItIsServed_HasTheSumOfItsNotes()
    {
        var files = new DashboardFiles().Provider;
        string notes = Read(files.GetFileInfo("vendor/README.md"));
        using var stream = files.GetFileInfo("vendor/echarts/echarts.esm.min.js").CreateReadStream();
        Assert.Equal(Sum().Match(notes).Value, Convert.ToHexStringLower(SHA256.HashData(stream)));
        foreach (string beside in new[] { "LICENSE", "NOTICE", "LICENSE-d3" })
            Assert.True(files.GetFileInfo($"vendor/echarts/{beside}").Exists, beside);
    }

    [Fact]
    public void Pages_OfTheDashboard_HaveNothingInline()
    {
        var files = new DashboardFiles().Provider;
        foreach (var page in files.GetDirectoryContents("").Where(file => file.Name.EndsWith(".html", StringComparison.Ordinal)))
            Assert.DoesNotMatch(Inline(), Read(page));
    }

    private static string Read(IFileInfo file)
    {
        using var reader = new StreamReader(file.CreateReadStream());
        return reader.ReadToEnd();
    }

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex Sum();

    // A script with content, an event attribute, a style, an address elsewhere.
    [GeneratedRegex("""<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style|https?://""")]
    private static partial Regex Inline();
}
